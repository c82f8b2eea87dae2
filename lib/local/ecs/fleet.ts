import type { Elb } from "../elb/elb.ts";
import type { Logs } from "../logs/logs.ts";
import type { LocalContext } from "../part.ts";
import { type Engine, type RunningTask, TaskStartError } from "./engine.ts";
import type { Teller } from "./events.ts";
import type { Container, Revision, Service, Task, TaskDefinition } from "./model.ts";
import type { Store } from "./store.ts";

/** A task that is not stopped yet. */
export interface LiveTask {
  readonly task: Task;
  /** On its way out: it gets no new requests, or will be stopped as soon as it runs. */
  readonly leaving: boolean;
}

export interface FleetParts {
  readonly context: LocalContext;
  readonly store: Store;
  readonly engine: Engine;
  readonly elb: Elb;
  readonly logs: Logs;
  readonly teller: Teller;
  /** After a task of that service began to run. */
  readonly onRunning: (serviceArn: string) => void;
  /** After it stopped, for whatever reason. */
  readonly onStopped: (task: Task) => void;
}

/** The tasks that run, of all services. */
export interface Fleet {
  of(serviceArn: string): readonly LiveTask[];
  start(service: Service, revision: Revision, startedBy: string): Task;
  /** Takes it out of its target groups, waits until these have drained, then stops it. */
  stop(taskId: string, stopCode: string, stoppedReason: string): void;
  /** Ends all, within a short grace; what they were is not written down any more. */
  close(): Promise<void>;
}

interface Entry {
  task: Task;
  leaving: boolean;
  running: RunningTask | undefined;
  readonly definition: TaskDefinition;
  readonly targetGroups: readonly string[];
}

/** Fargate's default. */
const STOP_TIMEOUT_S = 30;
/** What apps are given when the local mode itself ends. */
const CLOSING_GRACE_MS = 2000;

/** Where a container's lines go; `undefined`: nowhere. */
function logTarget(
  { logConfiguration, name }: Container,
  taskId: string,
): { group: string; stream: string } | undefined {
  const group = logConfiguration?.options["awslogs-group"];
  if (logConfiguration?.logDriver !== "awslogs" || group === undefined) return undefined;
  const prefix = logConfiguration.options["awslogs-stream-prefix"];
  return { group, stream: prefix === undefined ? taskId : `${prefix}/${name}/${taskId}` };
}

export function createFleet(parts: FleetParts): Fleet {
  const { context, store, engine, elb, logs, teller } = parts;
  const { clock, randomHex } = context;
  const entries = new Map<string, Entry>();
  let closed = false;

  const change = (entry: Entry, changes: Partial<Task>): void => {
    entry.task = { ...entry.task, ...changes, version: entry.task.version + 1 };
    if (closed) return;
    store.tasks.put(entry.task.id, entry.task);
    teller.task(entry.task);
  };
  const target = (entry: Entry) => ({ id: "127.0.0.1", port: entry.task.port ?? 0 });
  const deregister = (entry: Entry): Promise<unknown> =>
    Promise.all(entry.targetGroups.map((arn) => elb.targets.deregister(arn, target(entry))));

  const stopped = (entry: Entry, changes: Partial<Task>): void => {
    if (!entries.delete(entry.task.id)) return;
    void deregister(entry);
    const stoppedAt = clock.now();
    change(entry, {
      stoppingAt: stoppedAt,
      ...entry.task,
      ...changes,
      lastStatus: "STOPPED",
      desiredStatus: "STOPPED",
      stoppedAt,
    });
    if (!closed) parts.onStopped(entry.task);
  };

  const ended = (entry: Entry, exitCode: number): void => {
    const stopCode = entry.task.stopCode ?? "EssentialContainerExited";
    const stoppedReason = entry.task.stoppedReason ?? "Essential container in task exited";
    stopped(entry, { stopCode, stoppedReason, exitCode });
  };

  const notStarted = (entry: Entry, error: unknown): void => {
    const message = error instanceof Error ? error.message : String(error);
    if (!(error instanceof TaskStartError)) {
      context.log("ecs", {
        level: "ERROR",
        message,
        task: entry.task.arn,
        stack: error instanceof Error ? error.stack : "",
      });
    }
    void entry.running?.stop(0);
    const containerReason = message.split(":", 1)[0] ?? message;
    stopped(entry, { stopCode: "TaskFailedToStart", stoppedReason: message, containerReason });
  };

  const leave = async (entry: Entry): Promise<void> => {
    if (entry.running === undefined) return;
    change(entry, { lastStatus: "DEACTIVATING" });
    await deregister(entry);
    if (!entries.has(entry.task.id)) return;
    change(entry, { lastStatus: "STOPPING" });
    await entry.running.stop((entry.definition.container.stopTimeout ?? STOP_TIMEOUT_S) * 1000);
  };

  const launch = async (entry: Entry): Promise<void> => {
    const { container, executionRoleArn, taskRoleArn } = entry.definition;
    const lines = logTarget(container, entry.task.id);
    const running = await engine.start({
      taskId: entry.task.id,
      taskArn: entry.task.arn,
      container,
      executionRoleArn,
      taskRoleArn,
      onLines: (messages) => {
        if (lines !== undefined) logs.append(lines.group, lines.stream, messages);
      },
    });
    entry.running = running;
    void running.exited.then((code) => ended(entry, code));
    if (closed) return void (await running.stop(CLOSING_GRACE_MS));
    change(entry, { lastStatus: "RUNNING", startedAt: clock.now(), port: running.port });
    if (entry.leaving) return leave(entry);
    for (const arn of entry.targetGroups) {
      elb.targets.register(arn, target(entry));
      teller.say(entry.task.serviceArn, `registered 1 targets in (target-group ${arn})`);
    }
    parts.onRunning(entry.task.serviceArn);
  };

  const create = (service: Service, revision: Revision, startedBy: string): Entry => {
    const id = randomHex(32);
    const definition = store.taskDefinition(revision.taskDefinition);
    const task: Task = {
      arn: store.arn(`task/${service.cluster}/${id}`),
      id,
      cluster: service.cluster,
      serviceArn: service.arn,
      serviceName: service.name,
      revision: revision.arn,
      taskDefinition: definition.arn,
      startedBy,
      containerName: definition.container.name,
      image: definition.container.image,
      lastStatus: "PROVISIONING",
      desiredStatus: "RUNNING",
      createdAt: clock.now(),
      version: 0,
      tags: service.propagateTags === "SERVICE" ? service.tags : [],
    };
    const targetGroups = revision.loadBalancers.map(({ targetGroupArn }) => targetGroupArn);
    return { task, leaving: false, running: undefined, definition, targetGroups };
  };

  return {
    of: (serviceArn) => [...entries.values()].filter(({ task }) => task.serviceArn === serviceArn),
    start: (service, revision, startedBy) => {
      const entry = create(service, revision, startedBy);
      entries.set(entry.task.id, entry);
      change(entry, {});
      launch(entry).catch((error: unknown) => notStarted(entry, error));
      return entry.task;
    },
    stop: (taskId, stopCode, stoppedReason) => {
      const entry = entries.get(taskId);
      if (entry === undefined || entry.leaving) return;
      entry.leaving = true;
      change(entry, { desiredStatus: "STOPPED", stopCode, stoppedReason, stoppingAt: clock.now() });
      void leave(entry);
    },
    close: async () => {
      closed = true;
      const all = [...entries.values()];
      await Promise.all(all.map(({ running }) => running?.stop(CLOSING_GRACE_MS)));
    },
  };
}
