import type { LocalContext } from "../../kernel/part.ts";
import type { Elb } from "../elb/elb.ts";
import type { Logs } from "../logs/logs.ts";
import type { UsedCpu } from "./cpu-use.ts";
import type { EcsEventEmitter } from "./events.ts";
import { STOPPED_SHOWN_MS } from "./history.ts";
import {
  type Container,
  type Revision,
  type Service,
  type Task,
  type TaskDefinition,
  targetGroupsOf,
} from "./model.ts";
import type { Store } from "./store.ts";
import type { MeasuredTask } from "./task-metrics.ts";
import { type RunningTask, type TaskEnd, type TaskRunner, TaskStartError } from "./task-runner.ts";
import { addressOf } from "./task-shape.ts";

/** A task that is not stopped yet. */
export interface LiveTask {
  readonly task: Task;
  /** On its way out: it gets no new requests, or will be stopped as soon as it runs. */
  readonly leaving: boolean;
}

export interface TaskSetDeps {
  readonly context: LocalContext;
  readonly store: Store;
  readonly engine: TaskRunner;
  readonly elb: Elb;
  readonly logs: Logs;
  readonly emitter: EcsEventEmitter;
  /** After a task of that service began to run. */
  readonly onRunning: (serviceArn: string) => void;
  /** After it stopped, for whatever reason. */
  readonly onStopped: (task: Task) => void;
}

/** The tasks that run, of all services. */
export interface TaskSet {
  of(serviceArn: string): readonly LiveTask[];
  start(service: Service, revision: Revision, startedBy: string): Task;
  /** Runs a task without a service. */
  run(order: RunOrder): Task;
  /** Takes it out of its target groups, waits until these have drained, then stops it. */
  stop(taskId: string, stopCode: string, stoppedReason: string): void;
  /** Of the tasks of services that run, as far as their runner can tell. */
  usedCpu(): readonly UsedCpu[];
  /** The same tasks, with all that is measured of them. */
  measured(): Promise<readonly MeasuredTask[]>;
  /** Ends all, within a short grace; what they were is not written down any more. */
  close(): Promise<void>;
}

/** A task that runs once. */
interface RunOrder {
  readonly cluster: string;
  readonly definition: TaskDefinition;
  /** In place of the definition's own. */
  readonly container: Container;
  readonly startedBy: string;
  readonly tags: Task["tags"];
  readonly asked: Task["asked"];
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

class RunningTaskSet implements TaskSet {
  readonly #parts: TaskSetDeps;
  readonly #entries = new Map<string, Entry>();
  /** Of tasks that are being started. */
  readonly #launches = new Set<Promise<void>>();
  #closed = false;
  readonly #closing = Promise.withResolvers<void>();

  constructor(parts: TaskSetDeps) {
    this.#parts = parts;
  }

  of(serviceArn: string): readonly LiveTask[] {
    return [...this.#entries.values()].filter(({ task }) => task.serviceArn === serviceArn);
  }

  usedCpu(): readonly UsedCpu[] {
    return [...this.#entries.values()].flatMap(({ task, running, leaving, definition }) => {
      const seconds = leaving || task.serviceName === "" ? undefined : running?.cpuSeconds?.();
      const { id, cluster, serviceName } = task;
      const cpuUnits = Number(definition.registered.cpu);
      return seconds === undefined ? [] : [{ id, cluster, serviceName, cpuUnits, seconds }];
    });
  }

  async measured(): Promise<readonly MeasuredTask[]> {
    const running = [...this.#entries.values()].filter(({ task, leaving }) => !leaving && task.serviceName !== "");
    const all = running.map(async ({ task, running, definition }): Promise<MeasuredTask[]> => {
      const use = await running?.use();
      const { id, cluster, serviceName, startedAt } = task;
      if (use === undefined || startedAt === undefined) return [];
      const { cpu, memory } = definition.registered;
      return [{ id, cluster, serviceName, startedAt, cpuUnits: Number(cpu), memoryMb: Number(memory), use }];
    });
    return (await Promise.all(all)).flat();
  }

  start(service: Service, revision: Revision, startedBy: string): Task {
    return this.#begin(this.#create(service, revision, startedBy));
  }

  run({ cluster, definition, container, startedBy, tags, asked }: RunOrder): Task {
    const { store, context } = this.#parts;
    const id = context.randomHex(32);
    const task: Task = {
      arn: store.arn(`task/${cluster}/${id}`),
      id,
      cluster,
      serviceArn: "",
      serviceName: "",
      revision: "",
      taskDefinition: definition.arn,
      startedBy,
      containerName: container.name,
      image: container.image,
      lastStatus: "PROVISIONING",
      desiredStatus: "RUNNING",
      createdAt: context.clock.now(),
      version: 0,
      tags,
      ...(asked === undefined ? {} : { asked }),
    };
    const own = { ...definition, container };
    return this.#begin({ task, leaving: false, running: undefined, definition: own, targetGroups: [] });
  }

  #begin(entry: Entry): Task {
    this.#entries.set(entry.task.id, entry);
    this.#change(entry, {});
    const launch = this.#launch(entry).catch((error: unknown) => this.#notStarted(entry, error));
    this.#launches.add(launch);
    void launch.finally(() => this.#launches.delete(launch));
    return entry.task;
  }

  stop(taskId: string, stopCode: string, stoppedReason: string): void {
    const entry = this.#entries.get(taskId);
    if (entry === undefined || entry.leaving) return;
    entry.leaving = true;
    const stoppingAt = this.#parts.context.clock.now();
    this.#change(entry, { desiredStatus: "STOPPED", stopCode, stoppedReason, stoppingAt });
    void this.#leave(entry);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#closing.resolve();
    const all = [...this.#entries.values()];
    // What is being started has nothing to stop yet, and stops by itself once it runs.
    await Promise.all([...all.map(({ running }) => running?.stop(CLOSING_GRACE_MS)), ...this.#launches]);
  }

  #create(service: Service, revision: Revision, startedBy: string): Entry {
    const { store, context } = this.#parts;
    const id = context.randomHex(32);
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
      createdAt: context.clock.now(),
      version: 0,
      tags: service.propagateTags === "SERVICE" ? service.tags : [],
    };
    return { task, leaving: false, running: undefined, definition, targetGroups: targetGroupsOf(revision) };
  }

  async #launch(entry: Entry): Promise<void> {
    const { elb, emitter, onRunning, context } = this.#parts;
    // A full disk is no fault of the task: were it tried meanwhile, ECS would hold back all that follow it for a minute.
    await Promise.race([context.state.storage.writable(), this.#closing.promise]);
    if (this.#closed) return;
    const running = await this.#startContainer(entry);
    entry.running = running;
    void running.exited.then(
      (end) => this.#ended(entry, end),
      (error: unknown) => this.#lost(entry, error),
    );
    if (this.#closed) {
      await running.stop(CLOSING_GRACE_MS);
      return;
    }
    const { port, portInside } = running;
    const reached = { ...(port === undefined ? {} : { port }), ...(portInside === undefined ? {} : { portInside }) };
    this.#change(entry, { lastStatus: "RUNNING", startedAt: context.clock.now(), ...reached });
    running.onMoved?.((other) => this.#moved(entry, other));
    if (entry.leaving) return this.#leave(entry);
    for (const arn of entry.targetGroups) {
      elb.targets.register(arn, targetOf(entry));
      emitter.addServiceEvent(entry.task.serviceArn, `registered 1 targets in (target-group ${arn})`);
    }
    onRunning(entry.task.serviceArn);
  }

  /** It answers elsewhere than it was to: it is checked and gets its requests there. */
  #moved(entry: Entry, port: number): void {
    if (this.#closed || entry.leaving || !this.#entries.has(entry.task.id)) return;
    const { elb, emitter, context } = this.#parts;
    void this.#deregister(entry);
    // The grace of a health check begins anew, as what was checked until now was somewhere else.
    this.#change(entry, { port, portInside: port, startedAt: context.clock.now() });
    for (const arn of entry.targetGroups) {
      elb.targets.register(arn, targetOf(entry));
      emitter.addServiceEvent(entry.task.serviceArn, `registered 1 targets in (target-group ${arn})`);
    }
  }

  #startContainer({ definition, task }: Entry): Promise<RunningTask> {
    const { engine, logs } = this.#parts;
    const { container, executionRoleArn, taskRoleArn, registered } = definition;
    const [memoryMb, cpuUnits] = [Number(registered.memory), Number(registered.cpu)];
    const lines = logTarget(container, task.id);
    const onLines = (messages: readonly string[]): void => {
      if (lines !== undefined) logs.append(lines.group, lines.stream, messages);
    };
    const { id: taskId, arn: taskArn } = task;
    return engine.start({
      taskId,
      taskArn,
      container,
      memoryMb,
      cpuUnits,
      executionRoleArn,
      taskRoleArn,
      onLines,
    });
  }

  async #leave(entry: Entry): Promise<void> {
    if (entry.running === undefined) return;
    this.#change(entry, { lastStatus: "DEACTIVATING" });
    await this.#deregister(entry);
    if (!this.#entries.has(entry.task.id)) return;
    this.#change(entry, { lastStatus: "STOPPING" });
    await entry.running.stop((entry.definition.container.stopTimeout ?? STOP_TIMEOUT_S) * 1000);
  }

  #ended(entry: Entry, { exitCode, reason }: TaskEnd): void {
    const { stopCode, stoppedReason } = entry.task;
    this.#stopped(entry, {
      stopCode: stopCode ?? "EssentialContainerExited",
      stoppedReason: stoppedReason ?? "Essential container in task exited",
      exitCode,
      ...(reason === undefined ? {} : { containerReason: reason }),
    });
  }

  /** It has ended, and clearing it away went wrong: that is one task's fault and nobody else's. The next start clears up. */
  #lost(entry: Entry, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    const stack = error instanceof Error ? error.stack : "";
    this.#parts.context.log("ecs", { level: "ERROR", message: reason, task: entry.task.arn, stack });
    this.#ended(entry, { exitCode: 255, reason });
  }

  #notStarted(entry: Entry, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    // If the disk is full, the tasks that follow wait.
    this.#parts.context.state.storage.failed(error);
    if (!(error instanceof TaskStartError)) {
      const stack = error instanceof Error ? error.stack : "";
      this.#parts.context.log("ecs", { level: "ERROR", message, task: entry.task.arn, stack });
    }
    void entry.running?.stop(0);
    // A task that was never prepared has no container that could have a reason.
    const reason = message.startsWith("ResourceInitializationError") ? {} : { containerReason: message };
    this.#stopped(entry, { stopCode: "TaskFailedToStart", stoppedReason: message, ...reason });
  }

  #stopped(entry: Entry, changes: Partial<Task>): void {
    if (!this.#entries.delete(entry.task.id)) return;
    void this.#deregister(entry);
    const stoppedAt = this.#parts.context.clock.now();
    const stoppingAt = entry.task.stoppingAt ?? stoppedAt;
    this.#change(entry, { stoppingAt, ...changes, lastStatus: "STOPPED", desiredStatus: "STOPPED", stoppedAt });
    const { context, store } = this.#parts;
    context.clock.after(STOPPED_SHOWN_MS, () => {
      if (!this.#closed) store.tasks.delete(entry.task.id);
    });
    if (!this.#closed) this.#parts.onStopped(entry.task);
  }

  #change(entry: Entry, changes: Partial<Task>): void {
    entry.task = { ...entry.task, ...changes, version: entry.task.version + 1 };
    if (this.#closed) return;
    this.#parts.store.tasks.put(entry.task.id, entry.task);
    this.#parts.emitter.taskChanged(entry.task);
  }

  #deregister(entry: Entry): Promise<unknown> {
    const { targets } = this.#parts.elb;
    return Promise.all(entry.targetGroups.map((arn) => targets.deregister(arn, targetOf(entry))));
  }
}

const targetOf = ({ task }: Entry) => ({ id: addressOf(task.id), host: "127.0.0.1", port: task.port ?? 0 });

export const createTaskSet = (parts: TaskSetDeps): TaskSet => new RunningTaskSet(parts);
