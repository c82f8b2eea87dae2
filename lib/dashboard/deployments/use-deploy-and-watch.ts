import type { App } from "@slipway/monitor/client";
import { useNavigate } from "react-router";
import { useDeploy } from "../api/mutations.ts";
import { useToastOutcome } from "../ui/toasts.tsx";

/** Deploys the head of an app's branch and leads to where that can be watched. */
export function useDeployAndWatch() {
  const deploy = useDeploy();
  const navigate = useNavigate();
  const withToast = useToastOutcome();
  const start = ({ id, name }: Pick<App, "id" | "name">) =>
    withToast(async () => {
      const deployment = await deploy.mutateAsync({ appId: id });
      void navigate(`/deployments/${deployment.id}`);
      return `Deployment #${deployment.id} of ${name} started.`;
    });
  return { start, isPending: deploy.isPending };
}
