import type { DeploymentEvent } from "../deployment/event.ts";

/** What is sent to the deployments of a deleted app. */
export const appWasDeleted: DeploymentEvent = {
  type: "cancel_requested",
  by: "Slipway",
  reason: "the app was deleted",
};
