import { Button } from "../../ui/button.tsx";
import type { SecretDraft } from "./draft.ts";
import { PasteEnv } from "./paste-env.tsx";
import type { AppForm } from "./use-app-form.ts";
import { nextKey, VariableRow, VariableRows, withoutRow, withRow } from "./variable-rows.tsx";

type SecretField = "secrets" | "buildSecrets";

interface FieldsProps<Field> {
  readonly form: AppForm;
  readonly field: Field;
  readonly title: string;
  readonly hint: string;
  readonly addLabel: string;
}

/** What the app reads from its environment. */
export function EnvironmentFields({ form }: { form: AppForm }) {
  return (
    <>
      <ValueFields
        form={form}
        field="env"
        title="Variables"
        hint="Visible to everyone who can view the app."
        addLabel="Add a variable"
      />
      <SecretFields
        form={form}
        field="secrets"
        title="Secrets"
        hint="Encrypted, kept out of logs, and never shown again."
        addLabel="Add a secret"
      />
    </>
  );
}

/** What the Dockerfile reads while the image is built. */
export function BuildVariableFields({ form }: { form: AppForm }) {
  return (
    <>
      <ValueFields
        form={form}
        field="buildArgs"
        title="Build arguments"
        hint="Values for ARG instructions in the Dockerfile. They are stored in the image: use build secrets for anything secret."
        addLabel="Add a build argument"
      />
      <SecretFields
        form={form}
        field="buildSecrets"
        title="Build secrets"
        hint="For RUN --mount=type=secret,id=NAME. Encrypted, kept out of the image and its logs, and never shown again."
        addLabel="Add a build secret"
      />
    </>
  );
}

/** Names with values that everybody sees who sees the app. */
function ValueFields({ form, field, ...texts }: FieldsProps<"env" | "buildArgs">) {
  const rows = form.draft[field];
  return (
    <VariableRows
      {...texts}
      more={field === "env" ? <PasteEnv form={form} /> : undefined}
      onAdd={() => form.set(field, [...rows, { key: nextKey(rows), name: "", value: "" }])}
    >
      {rows.map((row) => (
        <VariableRow
          key={row.key}
          form={form}
          field={field}
          row={row}
          onChange={(changed) => form.set(field, withRow(rows, changed))}
          onRemove={() => form.set(field, withoutRow(rows, row))}
        />
      ))}
    </VariableRows>
  );
}

/** Secrets: by name, since nobody sees a value again. */
function SecretFields({ form, field, ...texts }: FieldsProps<SecretField>) {
  const secrets = form.draft[field];
  const change = (changed: SecretDraft) => form.set(field, withRow(secrets, changed));
  return (
    <VariableRows
      {...texts}
      onAdd={() => form.set(field, [...secrets, { key: nextKey(secrets), name: "", value: "", state: "new" }])}
    >
      {secrets.map((row) =>
        row.state === "new" ? (
          <VariableRow
            key={row.key}
            form={form}
            field={field}
            row={row}
            isSecret
            onChange={change}
            onRemove={() => form.set(field, withoutRow(secrets, row))}
          />
        ) : (
          <StoredSecret key={row.key} form={form} field={field} row={row} onChange={change} />
        ),
      )}
    </VariableRows>
  );
}

interface StoredProps {
  readonly form: AppForm;
  readonly field: SecretField;
  readonly row: SecretDraft;
  readonly onChange: (row: SecretDraft) => void;
}

function StoredSecret({ form, field, row, onChange }: StoredProps) {
  if (row.state === "replaced") {
    return (
      <VariableRow
        form={form}
        field={field}
        row={row}
        isSecret
        isNameFixed
        onChange={onChange}
        onRemove={() => onChange({ ...row, value: "", state: "kept" })}
      />
    );
  }
  const isRemoved = row.state === "removed";
  return (
    <div className="flex min-h-9 flex-wrap items-center gap-2">
      <code className={`min-w-0 flex-1 truncate font-mono ${isRemoved ? "text-muted line-through" : ""}`}>
        {row.name}
      </code>
      {isRemoved ? (
        <>
          <span className="text-muted">Removed when you save</span>
          <Button onClick={() => onChange({ ...row, state: "kept" })} aria-label={`Keep ${row.name}`}>
            Keep
          </Button>
        </>
      ) : (
        <>
          <Button onClick={() => onChange({ ...row, state: "replaced" })} aria-label={`Replace ${row.name}`}>
            Replace
          </Button>
          <Button onClick={() => onChange({ ...row, state: "removed" })} aria-label={`Remove ${row.name}`}>
            Remove
          </Button>
        </>
      )}
    </div>
  );
}
