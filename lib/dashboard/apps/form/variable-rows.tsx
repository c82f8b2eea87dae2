import { Plus, Trash2, Undo2 } from "lucide-react";
import { type ComponentProps, type ReactNode, useId, useState } from "react";
import { Button, IconButton } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { codeInputClass } from "../../ui/field.tsx";
import { hidden, RevealButton } from "../../ui/plain-value.tsx";
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
    <div className="grid min-w-0 gap-2" data-rows>
      <div>
        <h3 className="font-medium">{title}</h3>
        <p className="text-muted">{hint}</p>
      </div>
      {children}
      <div className="flex flex-wrap gap-2">
        <Button onClick={onAdd} data-add>
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
  // What is typed now is shown; what was stored is hidden from whoever looks over one's shoulder.
  const [isShown, setShown] = useState(row.value === "");
  // Where typing goes on once a row was added, or a secret is replaced.
  const [first] = useState(isNameFixed ? "value" : row.name === "" ? "name" : null);
  const path = `${field}.${row.name.trim()}`;
  const what = isSecret ? "Secret" : "Variable";
  const error = named(row.name === "" ? "The name" : row.name, form.problem(path));
  const invalid = error === undefined ? {} : { "aria-invalid": true, "aria-describedby": id };
  const input = { ...invalid, autoComplete: "off", spellCheck: false, onBlur: () => form.leave(path) };
  return (
    <div className="grid gap-1">
      <div className="grid items-start gap-2 sm:grid-cols-[minmax(0,1fr)_minmax(0,1.5fr)_auto]!">
        <input
          {...input}
          ref={first === "name" ? focus : null}
          aria-label={`${what} name`}
          readOnly={isNameFixed}
          placeholder="NAME"
          className={codeInputClass}
          value={row.name}
          onChange={({ target: { value } }) => onChange({ ...row, name: value })}
        />
        <ValueInput
          {...input}
          ref={first === "value" ? focus : null}
          label={row.name === "" ? `${what} value` : `Value of ${row.name}`}
          look={isSecret ? "secret" : isShown ? "shown" : "hidden"}
          value={row.value}
          onValue={(value) => onChange({ ...row, value })}
          onReveal={() => setShown(true)}
        />
        <div className="flex justify-end gap-1">
          {!isSecret && row.value !== "" && (
            <>
              <RevealButton name={row.name} isShown={isShown} onToggle={() => setShown(!isShown)} />
              <CopyButton text={row.value} what={row.name} />
            </>
          )}
          <IconButton
            label={isNameFixed ? `Undo replacing ${row.name}` : `Remove ${row.name}`.trim()}
            onClick={({ currentTarget }) => {
              // The row takes the button along that the keyboard is on.
              currentTarget.closest("[data-rows]")?.querySelector<HTMLElement>("[data-add]")?.focus();
              onRemove();
            }}
          >
            {isNameFixed ? <Undo2 size={15} aria-hidden /> : <Trash2 size={15} aria-hidden />}
          </IconButton>
        </div>
      </div>
      {error !== undefined && (
        <p id={id} className="text-danger">
          {error}
        </p>
      )}
    </div>
  );
}

interface ValueProps extends Omit<ComponentProps<"input">, "value"> {
  readonly label: string;
  readonly look: "secret" | "shown" | "hidden";
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly onReveal: () => void;
}

/** Lines are kept: an `input` would drop them. */
function ValueInput({ label, look, value, onValue, onReveal, onBlur, ...input }: ValueProps) {
  const className = codeInputClass;
  if (look === "hidden") {
    // Whoever clicks it wants to change it. The keyboard comes by on its way, and has the button.
    return (
      <input
        {...input}
        aria-label={`${label}, hidden`}
        readOnly
        className={className}
        value={hidden}
        onClick={onReveal}
      />
    );
  }
  if (look === "shown" && value.includes("\n")) {
    return (
      <textarea
        aria-label={label}
        aria-invalid={input["aria-invalid"]}
        aria-describedby={input["aria-describedby"]}
        spellCheck={false}
        autoComplete="off"
        rows={Math.min(10, value.split("\n").length)}
        className={`${className} h-auto! py-2`}
        value={value}
        onChange={({ target }) => onValue(target.value)}
      />
    );
  }
  return (
    <input
      {...input}
      onBlur={onBlur}
      aria-label={label}
      type={look === "secret" ? "password" : "text"}
      placeholder="Value"
      className={className}
      value={value}
      onChange={({ target }) => onValue(target.value)}
    />
  );
}

const focus = (field: HTMLInputElement | null): void => field?.focus();

/** The next key of a list of rows. */
export const nextKey = (rows: readonly Variable[]): number => Math.max(-1, ...rows.map(({ key }) => key)) + 1;

export const withRow = <Row extends Variable>(rows: readonly Row[], changed: Row): Row[] =>
  rows.map((row) => (row.key === changed.key ? changed : row));

export const withoutRow = <Row extends Variable>(rows: readonly Row[], removed: Row): Row[] =>
  rows.filter(({ key }) => key !== removed.key);
