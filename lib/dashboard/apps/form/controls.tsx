import { type ReactNode, useId } from "react";
import { described, Field, inputClass } from "../../ui/field.tsx";
import type { AppDraft } from "./draft.ts";
import { named } from "./problems.ts";
import type { AppForm } from "./use-app-form.ts";

/** The fields whose draft is of a type. */
type NameOf<Value> = {
  [Name in keyof AppDraft]: AppDraft[Name] extends Value ? Name : never;
}[keyof AppDraft];

interface ControlProps<Name> {
  readonly form: AppForm;
  readonly name: Name;
  readonly label: string;
  readonly hint?: ReactNode;
}

export type TextName = {
  [Name in keyof AppDraft]: string extends AppDraft[Name] ? Name : never;
}[keyof AppDraft];

export type CheckName = NameOf<boolean>;

export interface TextProps extends ControlProps<TextName> {
  readonly placeholder?: string;
  /** What is typed goes through this before it is kept. */
  readonly onChange?: (value: string) => void;
}

interface TextAtProps {
  readonly form: AppForm;
  /** As the API names the field: `name`, `crons.0.schedule`. */
  readonly path: string;
  readonly label: string;
  readonly hint?: ReactNode;
  readonly placeholder?: string | undefined;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** A line of text anywhere in the draft. */
export function TextAt({ form, path, label, hint, placeholder, value, onChange }: TextAtProps) {
  const id = useId();
  const error = named(label, form.problem(path));
  return (
    <Field id={id} label={label} hint={hint} error={error}>
      <input
        id={id}
        {...described(id, error, hint)}
        className={inputClass}
        placeholder={placeholder}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        value={value}
        onChange={({ target }) => onChange(target.value)}
        onBlur={() => form.leave(path)}
      />
    </Field>
  );
}

export function TextField({ form, name, onChange = (value) => form.set(name, value), ...shown }: TextProps) {
  return <TextAt {...{ form, onChange, ...shown }} path={name} value={form.draft[name]} />;
}

/** Whole numbers. Text, since a browser's number field drops what it does not understand instead of saying so. */
export function NumberField({ form, name, label, hint, unit }: ControlProps<TextName> & { unit?: string | undefined }) {
  const id = useId();
  const error = named(label, form.problem(name));
  return (
    <Field id={id} label={label} hint={hint} error={error}>
      <div className="flex items-center gap-2">
        <input
          id={id}
          {...described(id, error, hint)}
          className={`${inputClass} max-w-28 tabular-nums`}
          inputMode="numeric"
          autoComplete="off"
          value={form.draft[name]}
          onChange={({ target: { value } }) => form.set(name, value)}
          onBlur={() => form.leave(name)}
        />
        {unit !== undefined && <span className="text-muted">{unit}</span>}
      </div>
    </Field>
  );
}

interface SelectProps<Name extends keyof AppDraft> extends ControlProps<Name> {
  readonly options: readonly { readonly value: AppDraft[Name] & string; readonly label: string }[];
  readonly onChange?: (value: AppDraft[Name] & string) => void;
}

export function SelectField<Name extends NameOf<string>>(props: SelectProps<Name>) {
  const { form, name, label, hint, options, onChange } = props;
  const id = useId();
  const error = named(label, form.problem(name));
  const choose = (value: string) => {
    const chosen = options.find((option) => option.value === value)?.value;
    if (chosen === undefined) return;
    if (onChange === undefined) form.set(name, chosen);
    else onChange(chosen);
  };
  return (
    <Field id={id} label={label} hint={hint} error={error}>
      <select
        id={id}
        {...described(id, error, hint)}
        className={inputClass}
        value={form.draft[name]}
        onChange={({ target: { value } }) => choose(value)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </Field>
  );
}

export function CheckField({ form, name, label, hint }: ControlProps<CheckName>) {
  const id = useId();
  return (
    <div className="grid grid-cols-[auto_1fr] gap-x-2 gap-y-1">
      <input
        id={id}
        {...described(id, undefined, hint)}
        type="checkbox"
        className="mt-0.5 size-4 accent-accent"
        checked={form.draft[name]}
        onChange={({ target: { checked } }) => form.set(name, checked)}
      />
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {hint !== undefined && (
        <p id={`${id}-hint`} className="col-start-2 text-muted">
          {hint}
        </p>
      )}
    </div>
  );
}

/** Fields that belong together, under a heading that says what they decide. */
export function Section({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <div className="grid min-w-0 gap-4 border-t py-6 first:border-t-0 lg:grid-cols-[16rem_minmax(0,1fr)] lg:gap-8">
      <div>
        <h2 className="font-semibold">{title}</h2>
        <p className="mt-1 text-muted">{text}</p>
      </div>
      <div className="grid min-w-0 content-start gap-4">{children}</div>
    </div>
  );
}

/** A part of a section that is saved by itself. */
export function Subsection({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <div className="grid min-w-0 gap-4 border-t pt-5">
      <div>
        <h3 className="font-semibold">{title}</h3>
        <p className="mt-1 text-muted">{text}</p>
      </div>
      {children}
    </div>
  );
}

/** Two fields beside each other where there is room. */
export function Pair({ children }: { children: ReactNode }) {
  return <div className="grid gap-4 sm:grid-cols-2">{children}</div>;
}
