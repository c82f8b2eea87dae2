import type { App } from "@slipway/monitor/client";
import { useNavigate } from "react-router";
import { useDeleteApp } from "../../api/mutations.ts";
import { useMay } from "../../session/session.tsx";
import { Button } from "../../ui/button.tsx";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { useToast } from "../../ui/toasts.tsx";

/** The end of an app, which its name has to be typed for. */
export function DeleteApp({ app }: { app: App }) {
  const remove = useDeleteApp();
  const navigate = useNavigate();
  const showToast = useToast();
  const isAdmin = useMay("admin");
  return (
    <section
      aria-labelledby="delete"
      className="flex flex-wrap items-center justify-between gap-3 rounded-box border border-danger/40 p-4"
    >
      <div className="min-w-0 flex-1 basis-64">
        <h3 id="delete" className="font-semibold">
          Delete this app
        </h3>
        <p className="text-muted">Stops the app and deletes its releases and secrets. This can't be undone.</p>
      </div>
      <ConfirmDialog
        trigger={(open) => (
          <Button look="danger" onClick={open} disabled={!isAdmin}>
            Delete app
          </Button>
        )}
        title={`Delete ${app.name}?`}
        description="Stops the app immediately and deletes its releases and secrets. This can't be undone."
        action="Delete app"
        look="danger"
        phrase={app.name}
        onConfirm={async () => {
          await remove.mutateAsync(app.id);
          showToast(`${app.name} is being deleted.`);
          await navigate("/");
        }}
      />
    </section>
  );
}
