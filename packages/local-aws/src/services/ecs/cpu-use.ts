import type { LocalContext } from "../../kernel/part.ts";
import type { Recorder } from "../elb/counting.ts";

/** A running task of a service, and the CPU time that it has used so far. */
export interface UsedCpu {
  readonly id: string;
  readonly cluster: string;
  readonly serviceName: string;
  /** 1024 are one processor. */
  readonly cpuUnits: number;
  readonly seconds: number;
}

/** So many samples a minute. */
const SAMPLES = 6;

/** Records how much of their CPU the tasks of services use, as ECS does without Container Insights. */
export function createCpuUse(
  { clock }: Pick<LocalContext, "clock">,
  used: () => readonly UsedCpu[],
  record: Recorder,
  minuteMs: number,
): { start(): void; stop(): void } {
  let cancel = (): void => {};
  let before = new Map<string, { readonly seconds: number; readonly at: number }>();

  const sample = (): void => {
    const at = clock.elapsed();
    const now = used();
    for (const { id, cluster, serviceName, cpuUnits, seconds } of now) {
      const last = before.get(id);
      if (last === undefined || at <= last.at) continue;
      const share = (seconds - last.seconds) / ((at - last.at) / 1000) / (cpuUnits / 1024);
      const dimensions = { ClusterName: cluster, ServiceName: serviceName };
      record({ namespace: "AWS/ECS", name: "CPUUtilization", dimensions }, Math.max(0, share * 100));
    }
    before = new Map(now.map(({ id, seconds }) => [id, { seconds, at }]));
  };

  const start = (): void => {
    cancel = clock.after(minuteMs / SAMPLES, () => {
      sample();
      start();
    });
  };
  return { start, stop: () => cancel() };
}
