import { type Endpoint, notifiedStages, stages } from "@slipway/monitor/client";
import { type FormEvent, useId, useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { codeInputClass, described, Field, inputClass } from "../../ui/field.tsx";
import { Notice } from "../../ui/states.tsx";
import { named, type Problems } from "../form/problems.ts";
import {
  draftOfEndpoint,
  type EndpointDraft,
  type EndpointInput,
  problemsOfRefusal,
  validateEndpoint,
} from "./endpoint-draft.ts";
import { endpointTypes, endpointWords, eventLabel, titleOf } from "./endpoint-words.ts";

export interface EndpointDialogProps {
  /** `null`: a new one. */
  readonly endpoint: Endpoint | null;
  readonly onClose: () => void;
  /** Resolves when it is stored; what it throws is shown at the fields it names. */
  readonly onSave: (input: EndpointInput) => Promise<unknown>;
}

/** Adds an endpoint, or changes one: what nobody types of a stored one stays. */
export function EndpointDialog({ endpoint, onClose, onSave }: EndpointDialogProps) {
  const title = endpoint === null ? "Add an endpoint" : `Change ${titleOf(endpoint)}`;
  return (
    <Dialog open onOpenChange={onClose} title={title}>
      <EndpointForm endpoint={endpoint} onClose={onClose} onSave={onSave} />
    </Dialog>
  );
}

function EndpointForm({ endpoint, onClose, onSave }: EndpointDialogProps) {
  const [draft, setDraft] = useState(() => draftOfEndpoint(endpoint));
  const [problems, setProblems] = useState<Problems>({});
  const [isSaving, setSaving] = useState(false);
  const change = (changed: Partial<EndpointDraft>) => {
    setDraft((before) => ({ ...before, ...changed }));
    setProblems({});
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const validated = validateEndpoint(draft);
    if ("problems" in validated) return setProblems(validated.problems);
    setSaving(true);
    try {
      await onSave(validated.input);
      onClose();
    } catch (error) {
      setProblems(problemsOfRefusal(error));
      setSaving(false);
    }
  };
  return (
    <form noValidate className="grid grid-cols-1 gap-4" onSubmit={(event) => void submit(event)}>
      {endpoint === null && <TypeField draft={draft} onChange={change} problem={problems.type} />}
      <AddressField draft={draft} stored={endpoint} onChange={change} problems={problems} />
      {draft.type === "webhook" && <SecretField draft={draft} onChange={change} problem={problems.secret} />}
      <EventsField draft={draft} onChange={change} problem={problems.events} />
      {[problems[""], endpoint === null ? undefined : (problems.type ?? problems.id)].filter(Boolean).map((problem) => (
        <Notice key={problem} tone="danger">
          {problem}
        </Notice>
      ))}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" disabled={isSaving}>
          {isSaving ? "Saving…" : endpoint === null ? "Add" : "Save"}
        </Button>
      </div>
    </form>
  );
}

interface PartProps {
  readonly draft: EndpointDraft;
  readonly onChange: (changed: Partial<EndpointDraft>) => void;
  readonly problem: string | undefined;
}

function TypeField({ draft, onChange, problem }: PartProps) {
  const id = useId();
  const error = named("The type", problem);
  return (
    <Field id={id} label="Type" error={error}>
      <select
        id={id}
        {...described(id, error, undefined)}
        className={inputClass}
        value={draft.type}
        onChange={({ target: { value } }) => {
          const type = endpointTypes.find((one) => one === value);
          if (type !== undefined) onChange({ type });
        }}
      >
        {endpointTypes.map((type) => (
          <option key={type} value={type}>
            {endpointWords[type].name}
          </option>
        ))}
      </select>
    </Field>
  );
}

function AddressField({
  draft,
  stored,
  onChange,
  problems,
}: Omit<PartProps, "problem"> & { stored: Endpoint | null; problems: Problems }) {
  const id = useId();
  const field = draft.type === "email" ? "to" : "url";
  const words = endpointWords[draft.type];
  const error = named(words.address, problems[field]);
  const hint = stored === null || field === "to" ? words.hint : `Stored. Enter a new value to replace it.`;
  return (
    <Field id={id} label={words.address} hint={hint} error={error}>
      <input
        id={id}
        {...described(id, error, hint)}
        className={inputClass}
        type={field === "to" ? "email" : "url"}
        placeholder={field === "to" ? "team@example.com" : stored === null ? "https://" : `${stored.host}/…`}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        value={draft[field]}
        onChange={({ target: { value } }) => onChange({ [field]: value })}
      />
    </Field>
  );
}

function SecretField({ draft, onChange, problem }: PartProps) {
  const id = useId();
  const error = named("The signing secret", problem);
  const hint =
    draft.id === undefined || draft.secret !== ""
      ? "Copy it to your receiver now; it won't be shown again. Signs each request in X-Slipway-Signature-256."
      : "Stored. Enter a new value to replace it.";
  return (
    <Field id={id} label="Signing secret" hint={hint} error={error}>
      <div className="flex gap-2">
        <input
          id={id}
          {...described(id, error, hint)}
          className={codeInputClass}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={draft.secret}
          onChange={({ target: { value } }) => onChange({ secret: value })}
        />
        <Button className="h-9" onClick={() => onChange({ secret: freshSecret() })}>
          Generate
        </Button>
      </div>
    </Field>
  );
}

/** 32 random bytes, in hex. */
const freshSecret = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** The usual ones first. */
const offered: Endpoint["events"] = [...new Set([...notifiedStages, ...stages]), "run_failed"];

function EventsField({ draft, onChange, problem }: PartProps) {
  const id = useId();
  const toggle = (event: Endpoint["events"][number], checked: boolean) =>
    onChange({ events: offered.filter((one) => (one === event ? checked : draft.events.includes(one))) });
  return (
    <fieldset aria-describedby={problem === undefined ? undefined : id} className="grid gap-2">
      <legend className="font-medium">Notify on</legend>
      <div className="mt-1 grid grid-cols-2 gap-x-4 gap-y-2">
        {offered.map((event) => (
          <label key={event} className="flex min-h-6 items-center gap-2">
            <input
              type="checkbox"
              className="size-4 shrink-0 accent-accent"
              checked={draft.events.includes(event)}
              onChange={({ target: { checked } }) => toggle(event, checked)}
            />
            {eventLabel(event)}
          </label>
        ))}
      </div>
      {problem !== undefined && (
        <p id={id} className="text-danger">
          {draft.events.length === 0 ? "Select at least one stage." : named("The stages", problem)}
        </p>
      )}
    </fieldset>
  );
}
