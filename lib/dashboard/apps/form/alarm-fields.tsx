import { reachOf } from "./alarm-reach.ts";
import { NumberField, Pair } from "./controls.tsx";
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
          hint="Maximum percent of 5xx responses. Empty: no alarm."
          unit="percent"
        />
        <NumberField
          form={form}
          name="alarms.latencyMs"
          label="Alarm on latency"
          hint="Maximum p95 latency. Empty: no alarm."
          unit="ms"
        />
      </Pair>
      <p className="text-muted">{reachOf(form.draft)}</p>
    </>
  );
}
