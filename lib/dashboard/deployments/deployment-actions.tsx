import { type App, type Deployment, isTerminal } from "@slipway/monitor/client";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { useApprove, useCancel, useReject, useRetry } from "../api/mutations.ts";
import { releasesQuery } from "../api/queries.ts";
import { ReleaseDialog } from "../freeze/release-dialog.tsx";
import { useFreeze } from "../freeze/use-freeze.ts";
import { useMay, useMe } from "../session/session.tsx";
import { Button } from "../ui/button.tsx";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";
import { useToast, useToastOutcome } from "../ui/toasts.tsx";
import { DeploymentChanges } from "./changes-view.tsx";
import { PromoteButton } from "./promote-button.tsx";
import { RollbackButton } from "./rollback-button.tsx";

interface ActionsProps {
  readonly deployment: Deployment;
  readonly app: App | undefined;
}

/** What may be done with a deployment as it stands, by whoever looks at it. */
export function DeploymentActions({ deployment, app }: ActionsProps) {
  if (!useMay("deployer")) return null;
  return (
    <div className="flex flex-wrap items-center gap-2">
      {deployment.stage === "awaiting_approval" && deployment.cancel_requested_at === null && (
        <Approval deployment={deployment} app={app} />
      )}
      {isTerminal(deployment.stage) ? <Again deployment={deployment} app={app} /> : <Cancel deployment={deployment} />}
    </div>
  );
}

function Cancel({ deployment: { id, stage, cancel_requested_at } }: Pick<ActionsProps, "deployment">) {
  const cancel = useCancel();
  const showToast = useToast();
  if (cancel_requested_at !== null) return <Button disabled>Cancelling…</Button>;
  return (
    <ConfirmDialog
      trigger={(open) => <Button onClick={open}>Cancel deployment</Button>}
      title={`Cancel deployment #${id}?`}
      description={
        stage === "deploying"
          ? "The previous release is restored and keeps serving."
          : "Stops the deployment. The live release is not affected."
      }
      action="Cancel deployment"
      look="danger"
      asksReason
      onConfirm={async (reason) => {
        await cancel.mutateAsync({ id, reason });
        showToast(`Deployment #${id} is being cancelled.`);
      }}
    />
  );
}

function Approval({ deployment, app }: ActionsProps) {
  const me = useMe();
  const approve = useApprove();
  const reject = useReject();
  const showToast = useToast();
  const obstacle = obstacleToApproval(deployment, app, me.id);
  if (obstacle !== null) return <p className="text-muted">{obstacle}</p>;
  const { id } = deployment;
  return (
    <>
      <ReleaseDialog
        trigger={(open) => (
          <Button look="primary" onClick={open}>
            Approve
          </Button>
        )}
        title={`Approve deployment #${id}?`}
        description="Releases exactly this build. Commits pushed since are not included."
        action="Approve"
        asksReason
        onConfirm={async (reason, override) => {
          await approve.mutateAsync({ id, reason, override });
          showToast(`Deployment #${id} approved.`);
        }}
      >
        <DeploymentChanges deploymentId={id} />
      </ReleaseDialog>
      <ConfirmDialog
        trigger={(open) => <Button onClick={open}>Reject</Button>}
        title={`Reject deployment #${id}?`}
        description="The deployment is cancelled. The live release is not affected."
        action="Reject"
        look="danger"
        asksReason
        onConfirm={async (reason) => {
          await reject.mutateAsync({ id, reason });
          showToast(`Deployment #${id} rejected.`);
        }}
      />
    </>
  );
}

/** Why this person may not approve; `null`: they may. */
function obstacleToApproval({ actor_id }: Deployment, app: App | undefined, myId: string): string | null {
  if (app === undefined) return null;
  if (app.approvers.length > 0 && !app.approver_ids.includes(myId)) {
    return `Waits for ${new Intl.ListFormat("en", { type: "disjunction" }).format(app.approvers)}.`;
  }
  return !app.allow_self_approval && actor_id === myId ? "Someone else must approve this deployment." : null;
}

/** For what has ended: the same again, or this release once more. */
function Again({ deployment, app }: ActionsProps) {
  const { data: releases = [] } = useQuery({ ...releasesQuery(deployment.app_id), enabled: app !== undefined });
  if (app === undefined) return null;
  if (deployment.stage !== "success") return <Retry id={deployment.id} />;
  const isKept = releases.some((release) => release.deployment_id === deployment.id);
  if (!isKept) return null;
  return (
    <>
      <PromoteButton deployment={deployment} />
      {app.live_deployment_id !== deployment.id && <RollbackButton app={app} deploymentId={deployment.id} />}
    </>
  );
}

function Retry({ id }: { id: number }) {
  const retry = useRetry();
  const navigate = useNavigate();
  const showToast = useToast();
  const withToast = useToastOutcome();
  const isFrozen = useFreeze() !== null;
  const start = async (override?: string) => {
    const next = await retry.mutateAsync({ id, override });
    void navigate(`/deployments/${next.id}`);
    return `Deployment #${next.id} retries the same commit.`;
  };
  if (!isFrozen)
    return (
      <Button look="primary" disabled={retry.isPending} onClick={() => withToast(start)}>
        Retry
      </Button>
    );
  return (
    <ReleaseDialog
      trigger={(open) => (
        <Button look="primary" onClick={open}>
          Retry
        </Button>
      )}
      title={`Retry deployment #${id}?`}
      description="Deploys the same commit again."
      action="Retry"
      onConfirm={async (_reason, override) => showToast(await start(override))}
    />
  );
}
