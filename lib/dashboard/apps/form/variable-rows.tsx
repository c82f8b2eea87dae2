import { Plus, Trash2, Undo2 } from "lucide-react";
import { type ReactNode, useId } from "react";
import { Button, IconButton } from "../../ui/button.tsx";
import { inputClass } from "../../ui/field.tsx";
import type { Variable } from "./draft.ts";
import { named } from "./problems.ts";
import type { AppForm } from "./use-app-form.ts";

interface RowsProps {
  readonly title: string;
  readonly hint: string;
  readonly addLabel: string;
  readonly onAdd: () => void;
  /** Beside the button. */
  readonly more?: ReactNode;
  readonly children: ReactNode;
}

/** A list of names with values, and a button for one more. */
export function VariableRows({ title, hint, addLabel, onAdd, more, children }: RowsProps) {
  return (
    <div className="grid min-w-0 gap-2">
      <div>
        <h3 className="font-medium">{title}</h3>
        <p className="text-muted">{hint}</p>
      </div>
      {children}
      <div className="flex flex-wrap gap-2">
        <Button onClick={onAdd}>
          <Plus size={14} aria-hidden />
          {addLabel}
        </Button>
        {more}
      </div>
    </div>
  );
}

interface RowProps<Row extends Variable> {
  readonly form: AppForm;
  readonly field: "env" | "secrets" | "buildArgs" | "buildSecrets";
  readonly row: Row;
  readonly isSecret?: boolean;
  /** A stored secret that gets another value. */
  readonly isNameFixed?: boolean;
  readonly onChange: (row: Row) => void;
  readonly onRemove: () => void;
}

export function VariableRow<Row extends Variable>(props: RowProps<Row>) {
  const { form, field, row, isSecret = false, isNameFixed = false, onChange, onRemove } = props;
  const id = useId();
  const path = `${field}.${row.name.trim()}`;
  const what = isSecret ? "Secret" : "Variable";
  const error = named(row.name === "" ? "The name" : row.name, form.problem(path));
  const invalid = error === undefined ? {} : { "aria-invalid": true, "aria-describedby": id };
  const input = { ...invalid, autoComplete: "off", spellCheck: false, onBlur: () => form.leave(path) };
  return (
    <div className="grid gap-1">
      <div className="grid grid-cols-[minmax(0,1fr)_minmax(0,1.5fr)_auto] items-center gap-2">
        <input
          {...input}
          aria-label={`${what} name`}
          readOnly={isNameFixed}
          placeholder="NAME"
          className={`${inputClass} font-mono`}
          value={row.name}
          onChange={({ target: { value } }) => onChange({ ...row, name: value })}
        />
        <input
          {...input}
          aria-label={row.name === "" ? `${what} value` : `Value of ${row.name}`}
          type={isSecret ? "password" : "text"}
          placeholder="Value"
          className={`${inputClass} font-mono`}
          value={row.value}
          onChange={({ target: { value } }) => onChange({ ...row, value })}
        />
        <IconButton label={isNameFixed ? `Undo replacing ${row.name}` : `Remove ${row.name}`.trim()} onClick={onRemove}>
          {isNameFixed ? <Undo2 size={15} aria-hidden /> : <Trash2 size={15} aria-hidden />}
        </IconButton>
      </div>
      {error !== undefined && (
        <p id={id} className="text-danger">
          {error}
        </p>
      )}
    </div>
  );
}

/** The next key of a list of rows. */
export const nextKey = (rows: readonly Variable[]): number => Math.max(-1, ...rows.map(({ key }) => key)) + 1;

export const withRow = <Row extends Variable>(rows: readonly Row[], changed: Row): Row[] =>
  rows.map((row) => (row.key === changed.key ? changed : row));

export const withoutRow = <Row extends Variable>(rows: readonly Row[], removed: Row): Row[] =>
  rows.filter(({ key }) => key !== removed.key);
