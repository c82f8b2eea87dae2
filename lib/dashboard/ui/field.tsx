import type { ReactNode } from "react";

const boxClass =
  "h-9 w-full min-w-0 rounded-md border bg-ground px-2.5 aria-invalid:border-danger disabled:bg-surface disabled:text-muted";
export const inputClass = `${boxClass} text-sm`;
/** At 14 px, Chromium on Linux cuts the underscores of its monospace font in a control. */
export const codeInputClass = `${boxClass} font-mono text-[0.8125rem]`;

export interface FieldProps {
  /** The control's; what describes it has `-hint` or `-error` after it. */
  readonly id: string;
  readonly label: string;
  readonly hint?: ReactNode;
  /** A sentence that says what is wrong. */
  readonly error?: string | undefined;
  readonly children: ReactNode;
}

/** A labelled control with what helps to fill it in. */
export function Field({ id, label, hint, error, children }: FieldProps) {
  return (
    <div className="grid min-w-0 content-start gap-1.5">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children}
      {error !== undefined ? (
        <p id={`${id}-error`} className="text-danger">
          {error}
        </p>
      ) : (
        hint !== undefined && (
          <p id={`${id}-hint`} className="text-muted">
            {hint}
          </p>
        )
      )}
    </div>
  );
}

/** What ties a control to the texts of its {@link Field}. */
export function described(id: string, error: string | undefined, hint: ReactNode) {
  if (error !== undefined) return { "aria-invalid": true, "aria-describedby": `${id}-error` };
  return hint === undefined ? {} : { "aria-describedby": `${id}-hint` };
}
