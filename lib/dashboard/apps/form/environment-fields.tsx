import { Button } from "../../ui/button.tsx";
import type { SecretDraft } from "./draft.ts";
import { PasteEnv } from "./paste-env.tsx";
import type { AppForm } from "./use-app-form.ts";
import { nextKey, VariableRow, VariableRows, withoutRow, withRow } from "./variable-rows.tsx";

/** The variables that the app runs with. */
export function EnvironmentFields({ form }: { form: AppForm }) {
  const { env } = form.draft;
  return (
    <VariableRows
      title="Variables"
      hint="Visible to everyone who can view the app."
      addLabel="Add a variable"
      more={<PasteEnv form={form} />}
      onAdd={() => form.set("env", [...env, { key: nextKey(env), name: "", value: "" }])}
    >
      {env.map((row) => (
        <VariableRow
          key={row.key}
          form={form}
          field="env"
          row={row}
          onChange={(changed) => form.set("env", withRow(env, changed))}
          onRemove={() => form.set("env", withoutRow(env, row))}
        />
      ))}
    </VariableRows>
  );
}

/** Secrets: by name, since nobody sees a value again. */
export function SecretFields({ form }: { form: AppForm }) {
  const { secrets } = form.draft;
  const change = (changed: SecretDraft) => form.set("secrets", withRow(secrets, changed));
  return (
    <VariableRows
      title="Secrets"
      hint="Encrypted, kept out of logs, and never shown again."
      addLabel="Add a secret"
      onAdd={() => form.set("secrets", [...secrets, { key: nextKey(secrets), name: "", value: "", state: "new" }])}
    >
      {secrets.map((row) =>
        row.state === "new" ? (
          <VariableRow
            key={row.key}
            form={form}
            field="secrets"
            row={row}
            isSecret
            onChange={change}
            onRemove={() => form.set("secrets", withoutRow(secrets, row))}
          />
        ) : (
          <StoredSecret key={row.key} form={form} row={row} onChange={change} />
        ),
      )}
    </VariableRows>
  );
}

function StoredSecret(props: { form: AppForm; row: SecretDraft; onChange: (row: SecretDraft) => void }) {
  const { form, row, onChange } = props;
  if (row.state === "replaced") {
    return (
      <VariableRow
        form={form}
        field="secrets"
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
