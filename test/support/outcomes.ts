import type { DeploymentOutcome } from "../../lib/core/metrics/outcome.ts";

/** The outcome of a plain deployment that succeeded, with whatever a test cares about. */
export function someOutcome(change: Partial<DeploymentOutcome> = {}): DeploymentOutcome {
  return {
    deployment_id: 7,
    app_id: 1,
    stage: "success",
    finished_at: "2026-01-01T00:02:00.000Z",
    duration: 100,
    seconds: { pending: 20, cloning: 10, building: 60, deploying: 30 },
    failed_stage: null,
    rolled_back: false,
    rollback_of: null,
    ...change,
  };
}
