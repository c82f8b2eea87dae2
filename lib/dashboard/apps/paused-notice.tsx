import type { App } from "@slipway/monitor/client";
import { useChangeApp } from "../api/mutations.ts";
import { useMay } from "../session/session.tsx";
import { Button } from "../ui/button.tsx";
import { Notice } from "../ui/states.tsx";
import { Ago } from "../ui/time.tsx";
import { useToastOutcome } from "../ui/toasts.tsx";

/** That pushes to an app are not deployed, and the way out. */
export function PausedNotice({ app }: { app: App }) {
  const change = useChangeApp(app.id);
  const withToast = useToastOutcome();
  const isAdmin = useMay("admin");
  const resume = () =>
    withToast(async () => {
      await change.mutateAsync({ autoDeploy: true });
      return `Automatic deploys of ${app.name} are resumed. The next push is deployed.`;
    });
  return (
    <Notice tone="warning">
      <div className="min-w-0 flex-1 basis-64">
        <p>
          Automatic deploys are paused
          {app.paused !== null && (
            <>
              {" "}
              by <bdi className="wrap-anywhere">{app.paused.by}</bdi> <Ago at={app.paused.at} />
            </>
          )}
          . Pushes are ignored and not deployed later. You can still deploy by hand.
        </p>
        {app.pause_reason !== null && (
          <p className="wrap-anywhere">
            Reason: <bdi>{app.pause_reason}</bdi>
          </p>
        )}
      </div>
      {isAdmin && (
        <Button onClick={resume} disabled={change.isPending} className="text-text">
          Resume
        </Button>
      )}
    </Notice>
  );
}
