import { useNavigate } from "react-router";
import { useCreateApp, useDeploy } from "../api/mutations.ts";
import { useToast } from "../ui/toasts.tsx";

/** Creates an app, deploys it, and leads to where that can be watched. Throws only where there is no app afterwards. */
export function useCreateAndDeploy() {
  const create = useCreateApp();
  const deploy = useDeploy();
  const navigate = useNavigate();
  const showToast = useToast();
  return async (input: Readonly<Record<string, unknown>>) => {
    const app = await create.mutateAsync(input);
    try {
      const deployment = await deploy.mutateAsync({ appId: app.id });
      showToast(`${app.name} is created, and deployment #${deployment.id} has begun.`);
      await navigate(`/deployments/${deployment.id}`);
    } catch (error) {
      // The app is there: sending the form again would only say that its name is taken.
      const why = error instanceof Error ? error.message : String(error);
      showToast(`${app.name} is created, but was not deployed: ${why}`, "failed");
      await navigate(`/apps/${app.id}`);
    }
  };
}
