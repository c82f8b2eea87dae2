import type { App } from "@slipway/monitor/client";
import { useNavigate } from "react-router";
import { useRollback } from "../api/mutations.ts";
import { Button } from "../ui/button.tsx";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";
import { useToast } from "../ui/toasts.tsx";

/** Releases an earlier image again, once that is confirmed. */
export function RollbackButton({ app, deploymentId }: { app: App; deploymentId: number }) {
  const rollback = useRollback();
  const navigate = useNavigate();
  const showToast = useToast();
  const afterwards =
    app.after_rollback === "hold"
      ? "New pushes are skipped until someone deploys or unpins this app."
      : "New pushes are deployed as usual.";
  return (
    <ConfirmDialog
      trigger={(open) => <Button onClick={open}>Roll back to this</Button>}
      title={`Roll ${app.name} back to #${deploymentId}?`}
      description={`Releases the image of deployment #${deploymentId} again, without a build. ${afterwards}`}
      action="Roll back"
      asksReason
      onConfirm={async (reason) => {
        const next = await rollback.mutateAsync({ id: deploymentId, reason });
        showToast(`Deployment #${next.id} rolls back to #${deploymentId}.`);
        await navigate(`/deployments/${next.id}`);
      }}
    />
  );
}
