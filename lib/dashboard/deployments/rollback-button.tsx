import type { App } from "@slipway/monitor/client";
import { useId, useState } from "react";
import { useNavigate } from "react-router";
import { useRollback } from "../api/mutations.ts";
import { ReleaseDialog } from "../freeze/release-dialog.tsx";
import { Button } from "../ui/button.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { useToast } from "../ui/toasts.tsx";
import { AppChanges } from "./changes-view.tsx";
import { ReleaseCommandBox } from "./release-command-box.tsx";

type Configuration = "as_released" | "current";

/** Releases an earlier image again, with the settings of then or those of now, once that is confirmed. */
export function RollbackButton({ app, deploymentId }: { app: App; deploymentId: number }) {
  const [configuration, setConfiguration] = useState<Configuration>("as_released");
  const [releaseCommand, setReleaseCommand] = useState(false);
  const rollback = useRollback();
  const navigate = useNavigate();
  const showToast = useToast();
  const id = useId();
  const afterwards =
    app.after_rollback === "hold"
      ? "New pushes are skipped until someone deploys or unpins this app."
      : "New pushes are deployed as usual.";
  const needsApproval = configuration === "current" && app.approval === "required";
  return (
    <ReleaseDialog
      trigger={(open) => <Button onClick={open}>Roll back to #{deploymentId}</Button>}
      title={`Roll ${app.name} back to #${deploymentId}?`}
      description={`Releases the image of deployment #${deploymentId} again, without a build. ${afterwards}`}
      action="Roll back"
      asksReason
      onConfirm={async (reason, override) => {
        const next = await rollback.mutateAsync({ id: deploymentId, reason, override, configuration, releaseCommand });
        showToast(`Deployment #${next.id} rolls back to #${deploymentId}.`);
        await navigate(`/deployments/${next.id}`);
      }}
    >
      <Field
        id={`${id}-configuration`}
        label="Settings and secrets"
        hint={needsApproval ? "This rollback needs approval." : "The app's own settings don't change."}
      >
        <select
          id={`${id}-configuration`}
          aria-describedby={`${id}-configuration-hint`}
          className={inputClass}
          value={configuration}
          onChange={({ target }) => setConfiguration(target.value === "current" ? "current" : "as_released")}
        >
          <option value="as_released">As released with #{deploymentId}</option>
          <option value="current">The app's current ones</option>
        </select>
      </Field>
      <ReleaseCommandBox app={app} isChecked={releaseCommand} onChange={setReleaseCommand} />
      <AppChanges appId={app.id} of={{ deploymentId, configuration }} />
    </ReleaseDialog>
  );
}
