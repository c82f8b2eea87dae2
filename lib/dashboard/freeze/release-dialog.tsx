import { useState } from "react";
import { ConfirmDialog, type ConfirmDialogProps } from "../ui/confirm-dialog.tsx";
import { OverrideField } from "./override-field.tsx";

interface ReleaseDialogProps extends Omit<ConfirmDialogProps, "onConfirm"> {
  /** `override`: why a freeze is overridden. */
  readonly onConfirm: (reason: string, override: string | undefined) => Promise<unknown>;
}

/** Asks before something is released; during a freeze also for what overrides it. */
export function ReleaseDialog({ children, onConfirm, ...props }: ReleaseDialogProps) {
  const [override, setOverride] = useState("");
  return (
    <ConfirmDialog {...props} onConfirm={(reason) => onConfirm(reason, override.trim() || undefined)}>
      {children}
      <OverrideField value={override} onChange={setOverride} />
    </ConfirmDialog>
  );
}
