import { useNavigate } from "react-router";
import type { App } from "../../client/index.ts";
import { useDeploy } from "../api/mutations.ts";
import { useToast } from "../ui/toasts.tsx";

/** Deploys the head of an app's branch and leads to where that can be watched. */
export function useDeployAndWatch() {
  const deploy = useDeploy();
  const navigate = useNavigate();
  const tell = useToast();
  const start = ({ id, name }: Pick<App, "id" | "name">) =>
    deploy.mutate(
      { appId: id },
      {
        onSuccess: (deployment) => {
          tell(`Deployment #${deployment.id} of ${name} has begun.`);
          void navigate(`/deployments/${deployment.id}`);
        },
        onError: (error) => tell(error.message, "failed"),
      },
    );
  return { start, isPending: deploy.isPending };
}
