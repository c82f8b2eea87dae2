import * as table from "../stages.ts";
import type { Figures, Stage } from "./types.ts";

// An error below: the table has changed, and the documents that these types are made of have not. Run `npm run documents`.

/** All stages, in the order of a deployment's life. */
export const stages: readonly Stage[] = table.stages;
/** The stages of a deployment that has not ended. */
export const openStages: readonly (keyof Figures["duration"]["by_stage"])[] = table.openStages;
/** The stages of a deployment that goes well. */
export const stagePath: readonly Stage[] = [...openStages, "success"];
