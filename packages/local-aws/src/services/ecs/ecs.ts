import * as z from "zod";
import type { LocalContext, LocalPart, ResourceProvider } from "../../kernel/part.ts";
import type { Recorder } from "../elb/counting.ts";
import type { Elb } from "../elb/elb.ts";
import type { Logs } from "../logs/logs.ts";
import { type Capacity, createCapacity } from "./capacity.ts";
import { createCpuUse } from "./cpu-use.ts";
import { deploymentOperations } from "./deployments.ts";
import { createEcsEventEmitter } from "./events.ts";
import { STOPPED_SHOWN_MS } from "./history.ts";
import { createScheduler } from "./scheduler.ts";
import type { SnapshotDeps } from "./service-snapshot.ts";
import { serviceOperations } from "./services.ts";
import { openStore, type Store } from "./store.ts";
import { taskDefinitionOperations } from "./task-definitions.ts";
import { createTaskMetrics } from "./task-metrics.ts";
import type { TaskRunner } from "./task-runner.ts";
import { taskOperations } from "./tasks.ts";
import { createTraffic } from "./traffic.ts";

export interface EcsOptions {
  /** What runs tasks: {@link createHostTaskRunner} or {@link createContainerTaskRunner}. */
  readonly engine: TaskRunner;
  readonly elb: Elb;
  readonly logs: Logs;
  /** How long a second of a health check's grace lasts; 1000 if absent. */
  readonly secondMs?: number;
  /** How long a minute of a bake and of a pause lasts; 60,000 if absent. */
  readonly minuteMs?: number;
  /** How late a service deployment is listed; each is so by a time of its own up to this. Default 300, 0 for never. */
  readonly listDelayMs?: number;
  /** Which of these alarms are in the state `ALARM`. Default: none. */
  readonly inAlarm?: SnapshotDeps["inAlarm"];
  /** Who is told some times a minute how much CPU tasks use; nobody if absent. */
  readonly record?: Recorder;
  /** Who is told once a minute what tasks use, as CloudWatch shows it; nobody if absent. */
  readonly publish?: Recorder;
}

export interface Ecs extends LocalPart {
  readonly capacity: Capacity;
}

/** As long as AWS shows a stopped task. */

const clusterProperties = z.looseObject({ ClusterName: z.string().optional() });

function providers(store: Store): ResourceProvider[] {
  return [
    {
      type: "AWS::ECS::Cluster",
      ensure: ({ properties, physicalName }) => {
        const name = clusterProperties.parse(properties).ClusterName ?? physicalName;
        const arn = store.arn(`cluster/${name}`);
        store.clusters.put(name, { name, arn });
        return { ref: name, attributes: { Arn: arn } };
      },
    },
    // Where tasks run is this machine, whatever the template prefers.
    {
      type: "AWS::ECS::ClusterCapacityProviderAssociations",
      ensure: ({ physicalName }) => ({ ref: physicalName }),
    },
  ];
}

/** The tasks of an earlier run of the local mode died with it. */
function buryTasks(store: Store, now: number): void {
  for (const task of store.tasks.all()) {
    if (task.lastStatus === "STOPPED") {
      if ((task.stoppedAt ?? 0) < now - STOPPED_SHOWN_MS) store.tasks.delete(task.id);
      continue;
    }
    const stoppedReason = "The local mode ended.";
    store.tasks.put(task.id, {
      ...task,
      lastStatus: "STOPPED",
      desiredStatus: "STOPPED",
      stopCode: "TerminationNotice",
      stoppedReason,
      stoppedAt: now,
    });
  }
}

/** Elastic Container Service: its operations, and services whose tasks really run. */
export function createEcs(context: LocalContext, options: EcsOptions): Ecs {
  const store = openStore(context);
  const emitter = createEcsEventEmitter(context, store);
  const { engine, elb, logs, secondMs = 1000, minuteMs = 60_000, listDelayMs = 300, inAlarm = () => [] } = options;
  const traffic = createTraffic(context, elb);
  const pace = { secondMs, minuteMs };
  const scheduler = createScheduler({ context, store, emitter, engine, elb, logs, traffic, ...pace, inAlarm });
  const deps = { context, store, scheduler, elb, traffic, minuteMs, listDelayMs };
  const { record = () => undefined, publish = () => undefined } = options;
  const cpuUse = createCpuUse(context, () => scheduler.taskSet.usedCpu(), record, minuteMs);
  const taskMetrics = createTaskMetrics(context, () => scheduler.taskSet.measured(), publish);
  const operations = {
    ...taskDefinitionOperations(context, store),
    ...serviceOperations(deps),
    ...deploymentOperations(deps),
    ...taskOperations(store, scheduler.taskSet),
  };
  return {
    services: [{ kind: "json", scope: "ecs", dialect: "application/x-amz-json-1.1", operations }],
    providers: providers(store),
    capacity: createCapacity(store, scheduler),
    start: async () => {
      await engine.sweep();
      buryTasks(store, context.clock.now());
      scheduler.start();
      cpuUse.start();
      taskMetrics.start();
    },
    close: () => {
      cpuUse.stop();
      taskMetrics.stop();
      return scheduler.close();
    },
  };
}
