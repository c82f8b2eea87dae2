import { type AppDraft, strategyFields } from "./draft.ts";

/** What alarms see of a release of this strategy. */
export function reachOf(draft: AppDraft): string {
  const minutes = strategyFields[draft["strategy.type"]]
    .filter((name) => /bakeMinutes/i.test(name))
    .reduce((sum, name) => sum + (Number(draft[`strategy.${name}`]) || 0), 0);
  if (minutes === 0)
    return "Alarms apply while a release bakes. This strategy has no bake time, so they have no effect.";
  const slow =
    minutes < 5 ? " A load balancer's figures come up to three minutes late: bake for five to see more." : "";
  return `Alarms roll back a release while it bakes.${slow}`;
}
