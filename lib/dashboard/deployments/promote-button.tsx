import type { Deployment } from "@slipway/monitor/client";
import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useNavigate } from "react-router";
import { useDeploy } from "../api/mutations.ts";
import { appsQuery } from "../api/queries.ts";
import { ReleaseDialog } from "../freeze/release-dialog.tsx";
import { Button } from "../ui/button.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { useToast } from "../ui/toasts.tsx";
import { AppChanges } from "./changes-view.tsx";
import { promoteTarget } from "./promote-target.ts";

/** Releases the image of a deployment in another app, once that is confirmed. Nothing where there is no other app. */
export function PromoteButton({ deployment }: { deployment: Deployment }) {
  const { data: apps = [] } = useQuery(appsQuery);
  const [chosen, setChosen] = useState<number | null>(null);
  const deploy = useDeploy();
  const navigate = useNavigate();
  const showToast = useToast();
  const id = useId();
  const others = apps.filter((app) => app.id !== deployment.app_id);
  const target = promoteTarget(apps, deployment.app_id, chosen);
  if (others.length === 0) return null;
  return (
    <ReleaseDialog
      trigger={(open) => <Button onClick={open}>Promote…</Button>}
      title={`Promote #${deployment.id}?`}
      description="Releases exactly this image in another app, with that app's settings and secrets, without a build."
      action="Promote"
      asksReason
      onConfirm={async (reason, override) => {
        if (target === undefined) return;
        const given = { override, ...(reason === "" ? {} : { reason }) };
        const next = await deploy.mutateAsync({ appId: target.id, fromDeployment: deployment.id, ...given });
        showToast(`Deployment #${next.id} releases #${deployment.id} in ${target.name}.`);
        await navigate(`/deployments/${next.id}`);
      }}
    >
      <Field
        id={`${id}-app`}
        label="App"
        hint={target?.approval === "required" ? "This app requires approval." : "The app to release in."}
      >
        <select
          id={`${id}-app`}
          aria-describedby={`${id}-app-hint`}
          className={inputClass}
          required
          value={target?.id ?? ""}
          onChange={(event) => setChosen(Number(event.target.value))}
        >
          {target === undefined && <option value="">Choose an app</option>}
          {others.map((app) => (
            <option key={app.id} value={app.id}>
              {app.name}
            </option>
          ))}
        </select>
      </Field>
      {target !== undefined && <AppChanges appId={target.id} of={{ deploymentId: deployment.id }} />}
    </ReleaseDialog>
  );
}
