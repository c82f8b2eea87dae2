import type { DeploymentEvent } from "../deployment/event.ts";

/** What the deployments of a deleted app are told. */
export const appWasDeleted: DeploymentEvent = {
  type: "cancel_requested",
  by: "Slipway",
  reason: "the app was deleted",
};
