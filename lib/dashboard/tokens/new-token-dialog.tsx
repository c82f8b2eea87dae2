import type { App, Invite, NewToken } from "@slipway/monitor/client";
import { type FormEvent, useId, useState } from "react";
import { useCreateInvite, useCreateToken } from "../api/mutations.ts";
import { named, type Problems, problemsOfError, problemsOfIssues } from "../apps/form/problems.ts";
import { createTokenSchema } from "../apps/form/schemas.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { described, Field, inputClass } from "../ui/field.tsx";
import { Notice } from "../ui/states.tsx";
import { roles, roleWords } from "./role-matrix.ts";
import { blankToken, lifetimes, type TokenDraft, toTokenInput } from "./token-draft.ts";

interface NewTokenDialogProps {
  readonly apps: readonly App[];
  /** Whether its creator gets the token, or the person who opens a link. */
  readonly kind: "token" | "invite";
  readonly onClose: () => void;
  readonly onCreated: (token: NewToken | Invite) => void;
}

const texts = {
  token: {
    title: "Create a token",
    description: "For a CI pipeline or a script. The token is shown once.",
    nameHint: "The person or system that uses it. Shown with everything it does.",
    gitHubHint: "Optional. Its owner can sign in to this dashboard with GitHub instead of the token.",
    action: "Create token",
  },
  invite: {
    title: "Invite a person",
    description: "Creates a link for you to send. It works once, within 24 hours.",
    nameHint: "The person's name. Shown with everything they do.",
    gitHubHint: "Optional. They sign in with GitHub from then on, and get no token.",
    action: "Create link",
  },
} as const;

/** Asks for whom a token is and what it may do. */
export default function NewTokenDialog({ apps, kind, onClose, onCreated }: NewTokenDialogProps) {
  const [draft, setDraft] = useState(blankToken);
  const [problems, setProblems] = useState<Problems>({});
  const [create, invite] = [useCreateToken(), useCreateInvite()];
  const { title, description, nameHint, gitHubHint, action } = texts[kind];
  const set = (change: Partial<TokenDraft>) => setDraft((before) => ({ ...before, ...change }));
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const input = createTokenSchema.safeParse(toTokenInput(draft, Date.now()));
    if (!input.success) return setProblems(problemsOfIssues(input.error.issues));
    try {
      onCreated(await (kind === "invite" ? invite : create).mutateAsync(input.data));
    } catch (error) {
      setProblems(problemsOfError(error instanceof Error ? error : new Error(String(error)), Object.keys(draft)));
    }
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={title} description={description}>
      <form noValidate onSubmit={(event) => void submit(event)} className="grid grid-cols-1 gap-4">
        <TextInput
          label="Name"
          hint={nameHint}
          value={draft.name}
          problem={problems.name}
          onChange={(name) => set({ name })}
        />
        <div className="grid gap-4 sm:grid-cols-2">
          <Choice
            label="Role"
            value={draft.role}
            options={roles.map((role) => ({ value: role, label: roleWords[role] }))}
            onChange={(role) => set({ role })}
          />
          <Choice
            label="Expires after"
            value={draft.days}
            options={lifetimeNames.map((days) => ({ value: days, label: days === "never" ? "Never" : `${days} days` }))}
            onChange={(days) => set({ days })}
          />
        </div>
        {apps.length > 0 && <AppChoice apps={apps} chosen={draft.apps} onChange={(apps) => set({ apps })} />}
        <TextInput
          label="GitHub account"
          hint={gitHubHint}
          value={draft.github}
          problem={problems.github}
          onChange={(github) => set({ github })}
        />
        {problems[""] !== undefined && <Notice tone="danger">{problems[""]}</Notice>}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={create.isPending || invite.isPending}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

const lifetimeNames = Object.keys(lifetimes) as readonly TokenDraft["days"][];

function TextInput(props: {
  label: string;
  hint: string;
  value: string;
  problem: string | undefined;
  onChange: (value: string) => void;
}) {
  const { label, hint, value, problem, onChange } = props;
  const id = useId();
  const error = named(label, problem);
  return (
    <Field id={id} label={label} hint={hint} error={error}>
      <input
        id={id}
        {...described(id, error, hint)}
        className={inputClass}
        autoComplete="off"
        spellCheck={false}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </Field>
  );
}

function Choice<Value extends string>(props: {
  label: string;
  value: Value;
  options: readonly { readonly value: Value; readonly label: string }[];
  onChange: (value: Value) => void;
}) {
  const { label, value, options, onChange } = props;
  const id = useId();
  const choose = (text: string) => {
    const chosen = options.find((option) => option.value === text);
    if (chosen !== undefined) onChange(chosen.value);
  };
  return (
    <Field id={id} label={label}>
      <select id={id} className={inputClass} value={value} onChange={(event) => choose(event.target.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </Field>
  );
}

function AppChoice(props: {
  apps: readonly App[];
  chosen: readonly number[];
  onChange: (apps: readonly number[]) => void;
}) {
  const { apps, chosen, onChange } = props;
  return (
    <fieldset className="grid min-w-0 gap-1.5">
      <legend className="mb-1.5 font-medium">Apps</legend>
      <div className="grid max-h-40 gap-1 overflow-y-auto rounded-md border p-2">
        {apps.map(({ id, name }) => (
          <label key={id} className="flex min-w-0 items-start gap-2">
            <input
              type="checkbox"
              className="mt-0.5 size-4 shrink-0 accent-accent"
              checked={chosen.includes(id)}
              onChange={({ target }) =>
                onChange(target.checked ? [...chosen, id] : chosen.filter((other) => other !== id))
              }
            />
            <span className="min-w-0">{name}</span>
          </label>
        ))}
      </div>
      <p className="text-muted">{chosen.length === 0 ? "None selected: all apps." : "Only the selected apps."}</p>
    </fieldset>
  );
}
