import { type ReactNode, useId, useState } from "react";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { Field, inputClass } from "./field.tsx";
import { Notice } from "./states.tsx";

export interface ConfirmDialogProps {
  /** The button that opens it. */
  readonly trigger: (open: () => void) => ReactNode;
  readonly title: string;
  readonly description: ReactNode;
  /** What the button that does it says. */
  readonly action: string;
  readonly look?: "primary" | "danger";
  /** Whether a reason is asked for; it may stay empty. */
  readonly asksReason?: boolean;
  /** What must be typed before it can be done. */
  readonly phrase?: string;
  /** What helps to decide, above the buttons. */
  readonly children?: ReactNode;
  /** Resolves when it is done; what it throws is shown. */
  readonly onConfirm: (reason: string) => Promise<unknown>;
}

/** Asks before something is done that cannot be taken back at once. */
export function ConfirmDialog({ trigger, ...props }: ConfirmDialogProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      {trigger(() => setOpen(true))}
      <Dialog open={open} onOpenChange={setOpen} title={props.title} description={props.description}>
        <Confirmation {...props} onClose={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function Confirmation({
  action,
  look = "primary",
  asksReason = false,
  phrase,
  children,
  onConfirm,
  onClose,
}: Omit<ConfirmDialogProps, "trigger"> & { onClose: () => void }) {
  const [reason, setReason] = useState("");
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const id = useId();
  const confirm = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await onConfirm(reason.trim());
      onClose();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  };
  return (
    <form
      className="grid grid-cols-1 gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void confirm();
      }}
    >
      {children}
      {asksReason && (
        <Field id={`${id}-reason`} label="Reason" hint="Optional. Shown with the deployment.">
          <input
            id={`${id}-reason`}
            aria-describedby={`${id}-reason-hint`}
            className={inputClass}
            maxLength={500}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        </Field>
      )}
      {phrase !== undefined && (
        <Field id={`${id}-phrase`} label={`Type ${phrase} to confirm`}>
          <input
            id={`${id}-phrase`}
            className={inputClass}
            autoComplete="off"
            spellCheck={false}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        </Field>
      )}
      {problem !== null && <Notice tone="danger">{problem}</Notice>}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look={look} disabled={busy || (phrase !== undefined && typed !== phrase)}>
          {action}
        </Button>
      </div>
    </form>
  );
}
