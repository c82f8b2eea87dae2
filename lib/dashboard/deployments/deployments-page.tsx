import { usePageTitle } from "../ui/page-title.ts";
import { Empty } from "../ui/states.tsx";
import { DeploymentList } from "./deployment-list.tsx";
import { StageFilter, useStageFilter } from "./stage-filter.tsx";

/** The deployments of all apps. */
export function DeploymentsPage() {
  usePageTitle("Deployments");
  const stage = useStageFilter();
  return (
    <div className="grid grid-cols-1 gap-5">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-xl font-semibold">Deployments</h1>
        <StageFilter />
      </div>
      <DeploymentList filter={{ stage }} empty={<NoDeployments isFiltered={stage !== undefined} />} />
    </div>
  );
}

function NoDeployments({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered) return <Empty title="No deployments in this stage">New deployments appear here automatically.</Empty>;
  return <Empty title="No deployments yet">Deploy an app to see it here.</Empty>;
}
