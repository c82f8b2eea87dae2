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

/** Names with values that everybody sees who sees the app. */
export function EnvironmentFields({ form, field, ...texts }: FieldsProps<"env" | "buildArgs">) {
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
export function SecretFields({ form, field, ...texts }: FieldsProps<SecretField>) {
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
