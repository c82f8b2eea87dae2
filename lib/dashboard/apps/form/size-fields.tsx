import { NumberField, Pair, SelectField } from "./controls.tsx";
import { isTaskSize } from "./schemas.ts";
import type { AppForm } from "./use-app-form.ts";

const cpus = [256, 512, 1024, 2048, 4096];
/** From 512 MB in steps of 1 GB; {@link isTaskSize} says which of them go with a number of CPU units. */
const memories = [512, ...Array.from({ length: 30 }, (_, index) => (index + 1) * 1024)];

const memoriesOf = (cpu: string): number[] => memories.filter((memory) => isTaskSize(Number(cpu), memory));

/** How large a task is: only sizes that Fargate has can be chosen. */
export function SizeFields({ form }: { form: AppForm }) {
  const { cpu, memory } = form.draft;
  const chooseCpu = (next: string) => {
    form.set("cpu", next);
    const possible = memoriesOf(next);
    if (!possible.includes(Number(memory))) form.set("memory", String(possible[0] ?? memory));
  };
  return (
    <>
      <Pair>
        <SelectField
          form={form}
          name="cpu"
          label="CPU"
          options={cpus.map((units) => ({ value: String(units), label: `${units / 1024} vCPU (${units} units)` }))}
          onChange={chooseCpu}
        />
        <SelectField
          form={form}
          name="memory"
          label="Memory"
          options={memoriesOf(cpu).map((mb) => ({
            value: String(mb),
            label: mb < 1024 ? `${mb} MB` : `${mb / 1024} GB`,
          }))}
        />
      </Pair>
      <ScalingFields form={form} />
    </>
  );
}

/** How many tasks run: a fixed number, or as many as their load asks for. */
function ScalingFields({ form }: { form: AppForm }) {
  const by = form.draft.scalingBy;
  return (
    <>
      <Pair>
        <SelectField
          form={form}
          name="scalingBy"
          label="Scaling"
          options={[
            { value: "none", label: "Fixed number of instances" },
            { value: "cpuPercent", label: "By CPU use" },
            { value: "requestsPerTask", label: "By requests" },
          ]}
        />
        {by === "none" && (
          <NumberField form={form} name="instances" label="Instances" hint="How many tasks run at the same time." />
        )}
        {by === "cpuPercent" && (
          <NumberField
            form={form}
            name="scaling.cpuPercent"
            label="CPU use"
            unit="percent"
            hint="The average of the instances to keep."
          />
        )}
        {by === "requestsPerTask" && (
          <NumberField
            form={form}
            name="scaling.requestsPerTask"
            label="Requests"
            unit="a minute"
            hint="For each instance, to keep."
          />
        )}
      </Pair>
      {by !== "none" && (
        <Pair>
          <NumberField form={form} name="scaling.min" label="At least" unit="instances" />
          <NumberField form={form} name="scaling.max" label="At most" unit="instances" />
        </Pair>
      )}
    </>
  );
}
