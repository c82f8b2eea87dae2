import { NumberField, Pair } from "./controls.tsx";
import { type AppDraft, strategyFields } from "./draft.ts";
import type { AppForm } from "./use-app-form.ts";

/** What undoes a release while it bakes. */
export function AlarmFields({ form }: { form: AppForm }) {
  return (
    <>
      <Pair>
        <NumberField
          form={form}
          name="alarms.errorPercent"
          label="Alarm on errors"
          hint="When more of a version's answers are 5xx. Empty: never."
          unit="percent"
        />
        <NumberField
          form={form}
          name="alarms.latencyMs"
          label="Alarm on latency"
          hint="When one answer in twenty takes longer. Empty: never."
          unit="ms"
        />
      </Pair>
      <p className="text-muted">{reachOf(form.draft)}</p>
    </>
  );
}

/** What alarms see of a release of this strategy. */
export function reachOf(draft: AppDraft): string {
  const minutes = strategyFields[draft["strategy.type"]]
    .filter((name) => /bakeMinutes/i.test(name))
    .reduce((sum, name) => sum + (Number(draft[`strategy.${name}`]) || 0), 0);
  if (minutes === 0)
    return "Alarms watch a release while it bakes. This strategy does not bake, so they watch nothing.";
  const slow =
    minutes < 5 ? " A load balancer's figures come up to three minutes late: bake for five to see more." : "";
  return `Alarms watch a release while it bakes, and put the earlier one back.${slow}`;
}
