import { DeploymentList } from "../deployments/deployment-list.tsx";
import { StageFilter, useStageFilter } from "../deployments/stage-filter.tsx";
import { Empty } from "../ui/states.tsx";
import { useShownApp } from "./app-page.tsx";

/** The tab with an app's deployments. */
export function AppDeployments() {
  const app = useShownApp();
  const stage = useStageFilter();
  return (
    <section aria-labelledby="deployments" className="grid grid-cols-1 gap-4">
      <h2 id="deployments" className="sr-only">
        Deployments
      </h2>
      <StageFilter />
      <DeploymentList
        filter={{ appId: app.id, stage }}
        empty={
          stage === undefined ? (
            <Empty title={`${app.name} was not deployed yet`}>Deploy builds the latest commit on {app.branch}.</Empty>
          ) : (
            <Empty title="No deployments in this stage">New deployments appear here automatically.</Empty>
          )
        }
      />
    </section>
  );
}
