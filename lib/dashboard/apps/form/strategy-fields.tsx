import { AlarmFields } from "./alarm-fields.tsx";
import { CheckField, NumberField, Pair, SelectField, TextField } from "./controls.tsx";
import { type AppDraft, strategyFields } from "./draft.ts";
import type { AppForm } from "./use-app-form.ts";

const strategies: readonly {
  readonly value: AppDraft["strategy.type"];
  readonly label: string;
  readonly does: string;
}[] = [
  { value: "rolling", label: "Rolling", does: "New tasks replace the old ones as they become healthy." },
  {
    value: "blue_green",
    label: "Blue/green",
    does: "All traffic moves at once. The previous release stays ready for a while.",
  },
  { value: "linear", label: "Linear", does: "Traffic moves in equal steps." },
  {
    value: "canary",
    label: "Canary",
    does: "A share of the traffic moves first. The rest follows if there are no problems.",
  },
];

const fields = {
  bakeMinutes: {
    label: "Bake",
    hint: "How long the previous release stays ready after all traffic has moved.",
    unit: "minutes",
  },
  stepPercent: { label: "Step", hint: "Percent of traffic per step.", unit: "percent" },
  stepBakeMinutes: { label: "Pause between steps", hint: "Time for problems to show.", unit: "minutes" },
  percent: { label: "Canary share", hint: "Percent of traffic for the canary.", unit: "percent" },
  canaryBakeMinutes: { label: "Canary bake", hint: "Time for problems to show.", unit: "minutes" },
} as const;

/** How a new release takes over. */
export function StrategyFields({ form }: { form: AppForm }) {
  const type = form.draft["strategy.type"];
  return (
    <>
      <SelectField
        form={form}
        name="strategy.type"
        label="Strategy"
        options={strategies}
        hint={strategies.find(({ value }) => value === type)?.does}
      />
      {strategyFields[type].length > 0 && (
        <Pair>
          {strategyFields[type].map((name) => (
            <NumberField key={name} form={form} name={`strategy.${name}`} {...fields[name]} />
          ))}
        </Pair>
      )}
      <CheckField
        form={form}
        name="hasSmokeCheck"
        label="Smoke check"
        hint="Requests a page from the new version before it gets traffic."
      />
      {form.draft.hasSmokeCheck && (
        <Pair>
          <TextField form={form} name="strategy.smokeCheck.path" label="Smoke check path" />
          <NumberField form={form} name="strategy.smokeCheck.expectStatus" label="Expected status" />
        </Pair>
      )}
    </>
  );
}

/** What undoes a release by itself. */
export function RollbackFields({ form }: { form: AppForm }) {
  return (
    <>
      <CheckField
        form={form}
        name="autoRollback"
        label="Automatic rollback"
        hint="Restores the previous release if the new one fails its health check or triggers an alarm."
      />
      {form.draft.autoRollback && <AlarmFields form={form} />}
    </>
  );
}
