import type { LocalContext } from "../../kernel/part.ts";
import type { Recorder } from "../elb/counting.ts";
import type { TaskUse } from "./task-runner.ts";

/** A running task of a service, with what it uses. */
export interface MeasuredTask {
  readonly id: string;
  readonly cluster: string;
  readonly serviceName: string;
  /** 1024 are one processor. */
  readonly cpuUnits: number;
  readonly memoryMb: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly use: TaskUse;
}

const MINUTE_MS = 60_000;

/**
 * Publishes `CPUUtilization` and `MemoryUtilization` of services, one value a minute for each running task: by how many values
 * there are, the number of tasks is known.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service_utilization.html
 */
export function createTaskMetrics(
  { clock, log }: Pick<LocalContext, "clock" | "log">,
  measured: () => Promise<readonly MeasuredTask[]>,
  publish: Recorder,
): { start(): void; stop(): void } {
  let cancel = (): void => {};
  let isStopped = false;
  let before = new Map<string, { readonly cpuSeconds: number; readonly at: number }>();

  const sample = async (): Promise<void> => {
    const now = await measured();
    const at = clock.now();
    for (const task of now) {
      const dimensions = { ClusterName: task.cluster, ServiceName: task.serviceName };
      const last = before.get(task.id) ?? { cpuSeconds: 0, at: task.startedAt };
      const percent = (processorsOf(task.use, last, at) / (task.cpuUnits / 1024)) * 100;
      publish({ namespace: "AWS/ECS", name: "CPUUtilization", dimensions }, percent);
      const memory = (task.use.memoryBytes / (task.memoryMb * 1024 * 1024)) * 100;
      publish({ namespace: "AWS/ECS", name: "MemoryUtilization", dimensions }, memory);
    }
    before = new Map(
      now.flatMap(({ id, use }) => ("cpuSeconds" in use ? [[id, { cpuSeconds: use.cpuSeconds, at }]] : [])),
    );
  };

  /** In the middle of each minute of the clock, so that none has two values. */
  const start = (): void => {
    const inMinute = clock.now() % MINUTE_MS;
    const half = MINUTE_MS / 2;
    cancel = clock.after(inMinute < half ? half - inMinute : MINUTE_MS + half - inMinute, () => {
      void sample()
        .catch((error: unknown) => {
          log("ecs", { level: "ERROR", message: `Tasks were not measured: ${String(error)}` });
        })
        .finally(() => {
          if (!isStopped) start();
        });
    });
  };
  return {
    start,
    stop: () => {
      isStopped = true;
      cancel();
    },
  };
}

/** How many processors were busy since the last look. */
function processorsOf(use: TaskUse, last: { readonly cpuSeconds: number; readonly at: number }, at: number): number {
  if ("processors" in use) return use.processors;
  return at <= last.at ? 0 : Math.max(0, (use.cpuSeconds - last.cpuSeconds) / ((at - last.at) / 1000));
}
