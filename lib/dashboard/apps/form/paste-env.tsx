import { unreadEnvLines } from "@slipway/text/env-file";
import { ClipboardPaste } from "lucide-react";
import { useId, useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { codeInputClass, Field } from "../../ui/field.tsx";
import { changesOf, type EnvChange, withEnv, withSecrets } from "./env-text.ts";
import type { AppForm } from "./use-app-form.ts";

/** Takes over a whole `.env` file, after a preview of what it changes. */
export function PasteEnv({ form }: { form: AppForm }) {
  const [text, setText] = useState<string | null>(null);
  const [wanted, setWanted] = useState<ReadonlySet<string>>(new Set());
  const id = useId();
  const { env, secrets } = form.draft;
  const changes = changesOf(form.draft, text ?? "", wanted);
  const unread = unreadEnvLines(text ?? "");
  const close = () => {
    setText(null);
    setWanted(new Set());
  };
  const apply = () => {
    form.set("env", withEnv(env, changes));
    form.set("secrets", withSecrets(secrets, changes));
    close();
  };
  return (
    <>
      <Button onClick={() => setText("")}>
        <ClipboardPaste size={14} aria-hidden />
        Paste a .env file
      </Button>
      <Dialog
        open={text !== null}
        onOpenChange={(open) => !open && close()}
        title="Paste a .env file"
        description="Variables that the file doesn't name are kept. Everyone who can view the app sees the values that are not secrets. Nothing is stored until you save."
      >
        <div className="grid gap-4">
          <Field id={id} label="File">
            <textarea
              id={id}
              className={`${codeInputClass} h-40! py-2`}
              spellCheck={false}
              autoComplete="off"
              value={text ?? ""}
              onChange={(event) => setText(event.target.value)}
            />
          </Field>
          <Preview
            changes={changes}
            isExplained={(text ?? "").trim() === "" || unread.length > 0}
            onSecret={(name, isWanted) => setWanted((names) => withName(names, name, isWanted))}
          />
          <Unread lines={unread} />
          <div className="flex justify-end gap-2">
            <Button onClick={close}>Cancel</Button>
            <Button look="primary" disabled={!changes.some(({ change }) => change !== "unchanged")} onClick={apply}>
              Apply
            </Button>
          </div>
        </div>
      </Dialog>
    </>
  );
}

function withName(names: ReadonlySet<string>, name: string, isWanted: boolean): ReadonlySet<string> {
  const others = [...names].filter((other) => other !== name);
  return new Set(isWanted ? [...others, name] : others);
}

function Unread({ lines }: { lines: readonly number[] }) {
  if (lines.length === 0) return null;
  const shown = lines.slice(0, 5).join(", ");
  return (
    <p className="text-danger" role="status">
      {lines.length === 1 ? `Line ${shown} does` : `Lines ${shown}${lines.length > 5 ? " and more" : ""} do`} not have
      the form NAME=value and will be left out.
    </p>
  );
}

const looks: Readonly<Record<EnvChange["change"], string>> = {
  added: "text-success",
  changed: "text-warning",
  unchanged: "text-muted",
};

interface PreviewProps {
  readonly changes: readonly EnvChange[];
  readonly isExplained: boolean;
  readonly onSecret: (name: string, isWanted: boolean) => void;
}

function Preview({ changes, isExplained, onSecret }: PreviewProps) {
  if (changes.length === 0) return isExplained ? null : <p className="text-danger">No line has the form NAME=value.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <ul aria-label="Changes" tabIndex={0} className="max-h-40 divide-y overflow-y-auto rounded-md border">
      {changes.map((change) => (
        <ChangeItem key={change.name} {...change} onSecret={onSecret} />
      ))}
    </ul>
  );
}

/** A variable, what becomes of it, and its values where they differ: the file above shows them, too. */
function ChangeItem({ name, before, value, change, isSecret, onSecret }: EnvChange & Pick<PreviewProps, "onSecret">) {
  return (
    <li className="px-2 py-1">
      <div className="flex justify-between gap-3">
        <code className="min-w-0 truncate font-mono" title={name}>
          {name}
        </code>
        <span className="flex shrink-0 items-center gap-3">
          {change === "added" && (
            <label className="flex items-center gap-1.5">
              <input
                type="checkbox"
                aria-label={`Store ${name} as a secret`}
                checked={isSecret}
                onChange={({ target }) => onSecret(name, target.checked)}
              />
              Secret
            </label>
          )}
          <span className={looks[change]}>{isSecret && change === "changed" ? "secret replaced" : change}</span>
        </span>
      </div>
      {change !== "unchanged" && !isSecret && (
        <code className="line-clamp-3 font-mono whitespace-pre-wrap text-muted wrap-anywhere">
          {before !== null && (
            <>
              <del>{before}</del> →{" "}
            </>
          )}
          {value === "" ? "(empty)" : value}
        </code>
      )}
    </li>
  );
}
