import type { App } from "@slipway/monitor/client";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useRedeploy } from "../api/mutations.ts";
import { AppChanges } from "../deployments/changes-view.tsx";
import { ReleaseCommandBox } from "../deployments/release-command-box.tsx";
import { settingName } from "../deployments/setting-name.ts";
import { ReleaseDialog } from "../freeze/release-dialog.tsx";
import { useMay } from "../session/session.tsx";
import { Button } from "../ui/button.tsx";
import { Notice } from "../ui/states.tsx";
import { useToast } from "../ui/toasts.tsx";

/** That settings wait for the next release, which, and the way to release them at once. */
export function PendingNotice({ app }: { app: App }) {
  const count = app.pending_changes.length;
  const isAllowed = useMay("deployer");
  return (
    <Notice tone="info">
      <p className="min-w-0 flex-1 basis-64">
        {count === 1 ? "1 change" : `${count} changes`} not live yet: {app.pending_changes.map(settingName).join(", ")}.
      </p>
      {isAllowed && <RedeployButton app={app} />}
    </Notice>
  );
}

function RedeployButton({ app }: { app: App }) {
  const [releaseCommand, setReleaseCommand] = useState(false);
  const redeploy = useRedeploy();
  const navigate = useNavigate();
  const showToast = useToast();
  return (
    <ReleaseDialog
      trigger={(open) => (
        <Button onClick={open} className="text-text">
          Redeploy
        </Button>
      )}
      title={`Redeploy ${app.name}?`}
      description="Releases the live image again with the current settings and secrets, without a build."
      action="Redeploy"
      asksReason
      onConfirm={async (reason, override) => {
        const next = await redeploy.mutateAsync({ id: app.id, reason, override, releaseCommand });
        showToast(`Deployment #${next.id} redeploys ${app.name}.`);
        await navigate(`/deployments/${next.id}`);
      }}
    >
      <ReleaseCommandBox app={app} isChecked={releaseCommand} onChange={setReleaseCommand} />
      <AppChanges appId={app.id} of={{ of: "live" }} />
    </ReleaseDialog>
  );
}
