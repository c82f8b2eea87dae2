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
  const isAllowed = useMay("deployer");
  return (
    <Notice tone="info">
      <p className="min-w-0 flex-1 basis-64">{pendingSentence(app)}</p>
      {isAllowed && <RedeployButton app={app} />}
    </Notice>
  );
}

/** Which settings the live release does not have, as a sentence. */
export function pendingSentence({ pending_changes: changes }: Pick<App, "pending_changes">): string {
  const count = changes.length === 1 ? "1 change is" : `${changes.length} changes are`;
  return `${count} not live yet: ${changes.map(settingName).join(", ")}.`;
}

/** Releases the live image with the present settings. */
export function RedeployButton({ app }: { app: App }) {
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
