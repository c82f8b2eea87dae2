import type { Strategy } from "../app.ts";
import { inWords } from "./deadline.ts";

/** How much of an app's traffic a release has, as ECS says it. */
export interface Traffic {
  /** Percent on the new version. */
  readonly traffic: number;
  /** All of it is there, and the earlier version is kept for a while. */
  readonly baking: boolean;
}

/** Whether a release gets its traffic at once or bit by bit, but never task by task. */
export const shiftsTraffic = ({ type, smoke_check }: Strategy): boolean =>
  type !== "rolling" || smoke_check !== undefined;

const round = (percent: number): number => Math.round(percent);

/** What people read while traffic shifts; `null`: none has. */
export function trafficMessage({ traffic, baking }: Traffic): string | null {
  if (traffic <= 0) return null;
  if (traffic < 100) return `${round(traffic)} % of traffic on the new version`;
  return baking ? "All traffic on the new version, the earlier one is kept ready" : "All traffic on the new version";
}

/** What the log says of a change: one line for each shift, and one when the bake begins. */
export function trafficLines(strategy: Strategy, before: Traffic, after: Traffic): readonly string[] {
  const shifted = after.traffic === before.traffic ? [] : [shiftLine(strategy, after.traffic)];
  const bake = minutesOf(strategy).bake;
  const begins = after.baking && !before.baking && bake > 0;
  return begins ? [...shifted, `The earlier version is kept ready for ${inWords(bake * 60)}.`] : shifted;
}

function shiftLine(strategy: Strategy, percent: number): string {
  if (percent <= 0) return "All traffic is on the earlier version again.";
  if (percent >= 100) return "All traffic is on the new version.";
  const { step } = minutesOf(strategy);
  const time = step > 0 ? ` for ${inWords(step * 60)}` : "";
  return `${round(percent)} % of traffic is on the new version${time}.`;
}

/** How long a part of the traffic stays on the new version, and how long the earlier one is kept after all of it. */
function minutesOf(strategy: Strategy): { readonly step: number; readonly bake: number } {
  switch (strategy.type) {
    case "rolling":
      return { step: 0, bake: 0 };
    case "blue_green":
      return { step: 0, bake: strategy.bake_minutes };
    case "linear":
      return { step: strategy.step_bake_minutes, bake: strategy.bake_minutes };
    case "canary":
      return { step: strategy.canary_bake_minutes, bake: strategy.bake_minutes };
  }
}
