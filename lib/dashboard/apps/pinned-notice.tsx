import type { App } from "@slipway/monitor/client";
import { Link } from "react-router";
import { useUnpin } from "../api/mutations.ts";
import { useMay } from "../session/session.tsx";
import { Button } from "../ui/button.tsx";
import { Notice } from "../ui/states.tsx";
import { useToastOutcome } from "../ui/toasts.tsx";
import { pendingSentence, RedeployButton } from "./pending-notice.tsx";

/** That an app is held at a release, by whose rollback, which settings differ from it, and the ways out. */
export function PinnedNotice({ app }: { app: App }) {
  const unpin = useUnpin();
  const withToast = useToastOutcome();
  const mayUnpin = useMay("deployer");
  const hasChanges = app.pending_changes.length > 0;
  const release = () =>
    withToast(async () => {
      await unpin.mutateAsync(app.id);
      return `${app.name} is unpinned: the next push is deployed.`;
    });
  return (
    <Notice tone="warning">
      <div className="min-w-0 flex-1 basis-64">
        <p>
          Pinned
          {app.live_deployment_id !== null && (
            <>
              {" at "}
              <Link to={`/deployments/${app.live_deployment_id}`} className="underline">
                #{app.live_deployment_id}
              </Link>
            </>
          )}
          {app.pinned_by !== null && `, by the rollback of ${app.pinned_by}`}. New pushes are skipped until someone
          deploys or unpins this app.
        </p>
        {hasChanges && (
          <p className="wrap-anywhere">{pendingSentence(app)} The next deployment releases what differs.</p>
        )}
      </div>
      {mayUnpin && (
        <div className="flex flex-wrap gap-2">
          {hasChanges && <RedeployButton app={app} />}
          <Button onClick={release} disabled={unpin.isPending} className="text-text">
            Unpin
          </Button>
        </div>
      )}
    </Notice>
  );
}
