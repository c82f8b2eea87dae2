import type { GitHubApp } from "@slipway/monitor/client";
import { useForgetGitHub } from "../api/mutations.ts";
import { Button } from "../ui/button.tsx";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";
import { ExternalLink } from "../ui/external-link.tsx";
import { Ago } from "../ui/time.tsx";
import { useToast } from "../ui/toasts.tsx";

/** The app that there is, and what comes next. */
export function ConnectedApp({ app }: { app: GitHubApp }) {
  const forget = useForgetGitHub();
  const showToast = useToast();
  return (
    <section className="grid grid-cols-1 gap-4 rounded-box border p-4">
      <div>
        <h2 className="font-semibold">
          <ExternalLink href={app.html_url}>{app.name}</ExternalLink>
        </h2>
        <p className="text-muted">
          Belongs to {app.owner}; connected <Ago at={app.connected_at} />
        </p>
      </div>
      <p>
        <ExternalLink href={app.install_url}>Install it on repositories</ExternalLink>, or choose others there. What it
        is installed on needs no Git token, and its commits show how their deployments fare.
      </p>
      <ConfirmDialog
        trigger={(open) => (
          <Button className="justify-self-start" onClick={open}>
            Disconnect
          </Button>
        )}
        title={`Disconnect ${app.name}?`}
        description="Deletes its key from Slipway. Private repositories can't be read and commits get no statuses. The app stays on GitHub until you delete it there."
        action="Disconnect"
        look="danger"
        onConfirm={async () => {
          await forget.mutateAsync(undefined);
          showToast(`${app.name} is forgotten.`);
        }}
      />
    </section>
  );
}
