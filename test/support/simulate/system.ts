import { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { CodeBuildClient } from "@aws-sdk/client-codebuild";
import { ECSClient } from "@aws-sdk/client-ecs";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { Route53Client } from "@aws-sdk/client-route-53";
import { awsBuilds } from "../../../lib/adapters/codebuild/builds.ts";
import type { ReleaseClients } from "../../../lib/adapters/ecs/clients.ts";
import { awsProcesses } from "../../../lib/adapters/ecs/processes.ts";
import { awsReleases } from "../../../lib/adapters/ecs/releases.ts";
import { awsRunTasks } from "../../../lib/adapters/ecs/run-tasks.ts";
import type { BuildsDeps } from "../../../lib/api/builds.ts";
import type { ApiDeps } from "../../../lib/api/deps.ts";
import { encodeFrame } from "../../../lib/api/encode.ts";
import { knownBuilds } from "../../../lib/api/known-builds.ts";
import { presentDeployment } from "../../../lib/api/present.ts";
import type { AuditEntry } from "../../../lib/core/access/audit.ts";
import { steadySeconds } from "../../../lib/core/app-status.ts";
import type { Deployment } from "../../../lib/core/deployment/deployment.ts";
import { workerTimeoutSeconds } from "../../../lib/core/deployment/lease.ts";
import type { LogHead } from "../../../lib/core/log/log.ts";
import { type DeploymentOutcome, outcomeOf } from "../../../lib/core/metrics/outcome.ts";
import { type PumpDeps, pump } from "../../../lib/core/pump/pump.ts";
import type { RetryDeps } from "../../../lib/core/retry-on-conflict.ts";
import { isTerminal } from "../../../lib/core/stage.ts";
import { toTimestamp } from "../../../lib/core/time.ts";
import type { Message } from "../../../lib/core/work-queue/message.ts";
import type { WorkerDeps } from "../../../lib/core/worker/deps.ts";
import { withKnownHeads } from "../../../lib/core/worker/known-heads.ts";
import { giveUp, work } from "../../../lib/core/worker/worker.ts";
import { apiDeps } from "../api-deps.ts";
import { someImageAccess } from "../image-access.ts";
import { memorySockets } from "../memory-connections.ts";
import { memoryCronRuns, memorySchedules } from "../memory-crons.ts";
import { memoryCertificates, memoryDomains } from "../memory-domains.ts";
import { openAccess } from "../memory-github.ts";
import { memoryCounters, memoryMarks, memoryPushes } from "../memory-pushes.ts";
import { memoryRuns } from "../memory-runs.ts";
import {
  memoryApps,
  memoryAudit,
  memoryBuildSlots,
  memoryConfigurations,
  memoryFreezes,
  memoryImages,
  memoryLanes,
  memoryLog,
  memoryOrphanReports,
  memoryOutcomes,
  memoryPlacements,
  memoryRecords,
  memoryReports,
  memorySecrets,
  memorySharedImages,
} from "../memory-stores.ts";
import { silentLogger } from "../silent-logger.ts";
import { watchedByParts } from "../watched.ts";
import { type BuildFate, CodeBuild } from "./codebuild.ts";
import { Ecs, serviceArn, simulatedReleases } from "./ecs.ts";
import { Repository, simulatedHeads } from "./git.ts";
import { Surroundings } from "./load-balancing.ts";
import type { Plan } from "./plan.ts";
import type { Random } from "./random.ts";
import { report } from "./reporter.ts";
import type { Actor, Faults, Scheduler } from "./scheduler.ts";
import { memoryRows } from "./tables.ts";
import type { Trace } from "./trace.ts";
import { Viewers } from "./viewers.ts";

const startOfTime = Date.parse("2026-01-01T00:00:00.000Z");
const visibilityMs = 6 * workerTimeoutSeconds * 1000;
/** As in functions/queue-to-work, and as the queue's redrive policy says. */
const lastTry = 4;
const mostReceives = 5;
const sweepMs = 60_000;
const headsMs = 600_000;
const pumpMs = 60_000;
const intakeMs = 10_000;

const empty = { remove: async () => undefined };

/** What a break of the code may replace, so that the simulation is seen to see it. */
export interface Breaks {
  readonly deps?: (deps: WorkerDeps) => WorkerDeps;
}

export interface SystemParts {
  readonly plan: Plan;
  readonly random: Random;
  readonly faults: Faults;
  readonly trace: Trace;
  readonly scheduler: Scheduler;
  readonly breaks: Breaks;
}

/** A whole installation over memory: tables, queue, stream, ECS, CodeBuild, Git, and the functions that run on them. */
export class System {
  readonly complaints: string[] = [];
  readonly plan: Plan;
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly random: Random;
  readonly faults: Faults;
  readonly log: ReturnType<typeof memoryLog>;
  readonly rows;
  readonly lanes = memoryLanes();
  readonly audit: AuditEntry[] = [];
  readonly apps = memoryApps(this.audit);
  readonly buildSlots = memoryBuildSlots();
  readonly freezes = memoryFreezes();
  readonly orphanReports = memoryOrphanReports();
  readonly records = memoryRecords();
  readonly configurations = memoryConfigurations();
  readonly placements = memoryPlacements();
  readonly #certificates = memoryCertificates();
  readonly sharedImages = memorySharedImages();
  readonly secrets = memorySecrets(() => this.now());
  readonly marks = memoryMarks();
  readonly pushes = memoryPushes();
  readonly counters = memoryCounters();
  readonly outcomes = new Map<number, DeploymentOutcome>();
  readonly repositories = new Map<string, Repository>();
  readonly ecs: Ecs;
  readonly codeBuild: CodeBuild;
  readonly viewers: Viewers;
  readonly surroundings = new Surroundings();
  /** Deployments in the order in which they became the one that serves. */
  readonly served: number[] = [];
  hasJumped = false;
  gitFailed = false;
  /** Builds and releases succeed from now on, whatever the plan had in store. */
  isAllWell = false;
  /** Whose service was deleted by a request that was on its way when the clock jumped and its lease was over. */
  readonly deletedLate = new Set<number>();
  /** Apps whose message that secrets were written was lost: until the next deployment ends nobody looks for them. */
  readonly lostSecrets = new Set<number>();
  #skew = 0;
  #names = 0;
  #inFlight = 0;
  #running = 0;
  #headsAt: number[] = [];
  readonly #reports = memoryReports();
  /** Of the two processes that take reports in turn, and of the two that work: what one knows is old by then. */
  readonly #knownBuilds = [knownBuilds(), knownBuilds()];
  readonly #knownHeads = [new Map<number, LogHead>(), new Map<number, LogHead>()];
  #worked = 0;
  #reported = 0;
  readonly #sockets = memorySockets({
    wake: (id) => {
      if (id !== null) this.wakePump(id);
    },
  });
  readonly #pumps = new Map<number, "running" | "again">();
  readonly #breaks: Breaks;

  constructor({ plan, random, faults, trace, scheduler, breaks }: SystemParts) {
    this.plan = plan;
    this.random = random;
    this.faults = faults;
    this.trace = trace;
    this.scheduler = scheduler;
    this.#breaks = breaks;
    const log = memoryLog();
    this.log = { ...log, put: (id, chunk) => this.#logged(id, log.put(id, chunk)) };
    const after = (ms: number, run: () => void) => scheduler.after(ms, run);
    this.rows = memoryRows({
      time: () => scheduler.time,
      random,
      faults,
      isSealed: this.log.isSealed,
      audit: this.audit,
      changed: (before, row) => this.#rowChanged(before, row),
      complain: (complaint) => this.complain(complaint),
    });
    this.ecs = new Ecs({
      time: () => scheduler.time,
      after,
      lag: () => random.between(0, 3_000),
      fateOf: (id) => (this.isAllWell ? { outcome: "succeeded", seconds: 5 } : plan.releaseOf(id)),
      processFateOf: (id) => (this.isAllWell ? "runs" : plan.processOf(id)),
      changed: (service) => this.send({ type: "service_changed", service_arn: serviceArn(service) }),
      began: (began, rising) => {
        // A lease is judged by the clock: where that jumps, a second start is found out and stopped instead.
        if (rising !== null && !this.hasJumped)
          this.complain(`The release of deployment ${began} began while that of ${rising} was under way.`);
      },
      deletedLive: (service) => void this.#deletedLive(Number(service.replace("slipway-", ""))),
    });
    this.codeBuild = new CodeBuild({
      time: () => scheduler.time,
      after,
      report: (build) => this.#build(build),
      changed: (build_id) => this.send({ type: "build_changed", build_id }),
      isFull: () => faults.happens("builds_full"),
    });
    this.viewers = new Viewers({
      connections: this.#sockets.connections,
      now: () => this.now(),
      after,
      changed: (id) => this.wakePump(id),
      isGone: () => faults.happens("socket_gone"),
      isUnreachable: () => faults.happens("socket_unreachable"),
    });
    this.#schedule();
  }

  async #deletedLive(appId: number): Promise<void> {
    const app = await this.apps.get(appId);
    // ECS has no condition by which a request that is on its way could be refused then.
    if (this.hasJumped && app?.deleted_at === null) this.deletedLate.add(appId);
  }

  async #logged(id: number, put: Promise<boolean>): Promise<boolean> {
    const isStored = await put;
    if (isStored) this.wakePump(id);
    return isStored;
  }

  now(): string {
    return toTimestamp(startOfTime + this.scheduler.time + this.#skew);
  }

  complain(complaint: string): void {
    this.trace.add(this.scheduler.time, "COMPLAINT", complaint);
    if (!this.complaints.includes(complaint)) this.complaints.push(complaint);
  }

  /** Whether a message is on its way or somebody works. */
  get isBusy(): boolean {
    return this.#inFlight > 0 || this.#running > 0 || this.#pumps.size > 0;
  }

  /** How often branches were polled since a time. The first poll only suspects. */
  headsSince(time: number): number {
    return this.#headsAt.filter((at) => at > time).length;
  }

  #schedule(): void {
    const every = (ms: number, run: () => void): void =>
      this.scheduler.after(ms, () => {
        run();
        every(ms, run);
      });
    every(sweepMs, () => this.#deliver({ type: "sweep" }, 1));
    every(headsMs, () => {
      this.#headsAt.push(this.scheduler.time);
      this.#deliver({ type: "heads" }, 1);
    });
    for (const share of [0.3, 0.7]) this.scheduler.after(this.plan.endsAt * share, () => this.#jump());
  }

  #jump(): void {
    if (!this.faults.happens("clock_jumps")) return;
    this.hasJumped = true;
    this.#skew = this.random.pick([-3_600_000, 3_600_000]);
    this.trace.add(this.scheduler.time, "clock", `jumps by ${this.#skew / 1000} s`);
    this.scheduler.after(this.random.between(5_000, 120_000), () => {
      this.trace.add(this.scheduler.time, "clock", "is right again");
      this.#skew = 0;
    });
  }

  /** The one work queue: a message may be lost, come twice, late, and in any order. */
  send(message: Message, delaySeconds = 0): void {
    if (this.faults.happens("message_lost")) {
      this.trace.add(this.scheduler.time, "queue", () => `LOSES ${JSON.stringify(message)}`);
      if (message.type === "secrets_written") this.lostSecrets.add(message.app_id);
      return;
    }
    const late = () =>
      this.faults.happens("message_delayed") ? this.random.between(0, 120_000) : this.random.between(0, 50);
    const copies = this.faults.happens("message_doubled") ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) this.#enqueue(message, delaySeconds * 1000 + late(), 1);
  }

  #enqueue(message: Message, ms: number, receive: number): void {
    this.#inFlight += 1;
    this.scheduler.after(ms, () => {
      this.#inFlight -= 1;
      this.#deliver(message, receive);
    });
  }

  #deliver(message: Message, receive: number): void {
    const began = this.scheduler.time;
    const again = (): void => {
      if (receive < mostReceives)
        this.#enqueue(message, Math.max(0, began + visibilityMs - this.scheduler.time), receive + 1);
      else this.trace.add(this.scheduler.time, "queue", () => `GIVES UP ${JSON.stringify(message)}`);
    };
    this.start("worker", workerTimeoutSeconds * 1000, again, async (actor) => {
      this.trace.add(this.scheduler.time, actor.name, () => `works on ${JSON.stringify(message)}`);
      const deps = this.depsOf(actor);
      try {
        await work(deps, message, { isRepeat: receive > 1 });
      } catch (error) {
        if (actor.dead) throw error;
        this.trace.add(this.scheduler.time, actor.name, `meets ${String(error)}`);
        if (!("deployment_id" in message) || receive < lastTry) throw error;
        await giveUp(deps, message.deployment_id, error);
      }
    });
  }

  /** Runs a function once. `again`: it died, threw, or ran into its time-out. */
  start(kind: string, timeoutMs: number, again: () => void, run: (actor: Actor) => Promise<void>): void {
    this.#running += 1;
    let isOver = false;
    const end = (isDone: boolean): void => {
      if (isOver) return;
      isOver = true;
      this.#running -= 1;
      if (!isDone) again();
    };
    const actor = this.actor(kind, timeoutMs, () => end(false));
    run(actor).then(
      () => end(true),
      () => end(false),
    );
  }

  actor(kind: string, timeoutMs: number, ended: () => void = () => {}): Actor {
    const startedAt = this.scheduler.time;
    const name = `${kind}-${++this.#names}`;
    return { name, startedAt, endsAt: startedAt + timeoutMs, mortal: true, dead: false, ended };
  }

  /** A port as an actor reaches it: each call is held until the seed picks it. */
  around<T extends object>(actor: Actor, name: string, port: T): T {
    return new Proxy(port, {
      get: (target, key) => {
        const method: unknown = Reflect.get(target, key);
        if (typeof method !== "function" || key === "appOf") return method;
        return (...args: unknown[]) =>
          this.scheduler.call(actor, `${name}.${String(key)}`, () => Reflect.apply(method, target, args) as unknown);
      },
    });
  }

  /** A client of the SDK by its prototype, which paginators insist on, whose commands are held like any other call. */
  #client<T extends object>(
    actor: Actor,
    name: string,
    prototype: T,
    send: (command: string, input: unknown) => unknown,
  ): T {
    const client = {
      send: (command: { readonly input: unknown }) => {
        const of = command.constructor.name;
        return this.scheduler.call(actor, `${name}.${of.replace("Command", "")}`, () => send(of, command.input));
      },
    };
    return Object.assign(Object.create(prototype) as T, client);
  }

  readonly #heads = simulatedHeads(
    (url) => this.repository(url),
    () => {
      const fails = this.faults.happens("git_unreachable");
      this.gitFailed ||= fails;
      return fails;
    },
  );

  repository(url: string): Repository {
    const known = this.repositories.get(url) ?? new Repository();
    this.repositories.set(url, known);
    return known;
  }

  readonly queue = {
    send: async (message: Message, delaySeconds = 0): Promise<void> =>
      this.send(JSON.parse(JSON.stringify(message)) as Message, delaySeconds),
  };

  /** SQS counts about right only. */
  readonly backlog = { waiting: async (): Promise<number> => this.random.pick([0, 0, 0, 0, 1, 3]) };

  depsOf(actor: Actor): WorkerDeps {
    const here = <T extends object>(name: string, port: T): T => this.around(actor, name, port);
    const atOnce = <T extends object>(prototype: T): T =>
      Object.assign(Object.create(prototype) as T, {
        send: async (command: { input: unknown }) => {
          const { name } = command.constructor;
          const act = () => this.surroundings.send(name, command.input);
          // Only listeners are made by a call that is not the same when it comes twice.
          return /^(Create|Delete)Listener/.test(name)
            ? this.scheduler.call(actor, `elb.${name.replace("Command", "")}`, act)
            : act();
        },
      });
    const reports = here("reports", this.#reports);
    const log = (message: string, context: object): void =>
      this.trace.add(this.scheduler.time, actor.name, () => `logs ${message} ${JSON.stringify(context)}`);
    const clients: ReleaseClients = {
      ecs: this.#client(actor, "ecs", ECSClient.prototype, this.ecs.send),
      elb: atOnce(ElasticLoadBalancingV2Client.prototype),
      records: atOnce(Route53Client.prototype),
      placements: here("placements", this.placements),
      logs: atOnce(CloudWatchLogsClient.prototype),
      cloudWatch: atOnce(CloudWatchClient.prototype),
      scaling: atOnce(ApplicationAutoScalingClient.prototype),
      redactionFor: async () => (line: string) => line,
      ask: async () => ({ status: 200 }),
    };
    const deps: WorkerDeps = {
      deployments: here("deployments", this.rows.port),
      log: withKnownHeads(here("log", this.log), this.#knownHeads[this.#worked++ % this.#knownHeads.length]),
      reports,
      builds: awsBuilds(this.#client(actor, "codebuild", CodeBuildClient.prototype, this.codeBuild.send), {
        project: "slipway",
        reports,
        now: () => this.now(),
        ticket: () => this.secret(),
      }),
      releases: awsReleases(clients, simulatedReleases),
      processes: awsProcesses(clients, simulatedReleases),
      records: here("records", this.records),
      configurations: here("configurations", this.configurations),
      domains: memoryDomains(),
      certificates: this.#certificates.port,
      domainFront: this.#certificates.front,
      sharedImages: here("sharedImages", this.sharedImages),
      appLogs: { read: async () => ({ events: [], token: null }) },
      logGroups: { ensure: async () => undefined },
      redactionFor: async () => (line) => line,
      stoppedTasks: { see: async () => null },
      restarts: { record: async () => undefined },
      schedules: here("schedules", this.schedules),
      cronRuns: here("cronRuns", this.cronRuns),
      bus: { put: async () => undefined },
      runs: here("runs", this.runs),
      runTasks: awsRunTasks(this.#client(actor, "ecs", ECSClient.prototype, this.ecs.send), simulatedReleases),
      images: memoryImages(),
      apps: here("apps", this.apps),
      lanes: here("lanes", this.lanes),
      heads: here("heads", this.#heads),
      sources: { open: async () => null },
      pushes: here("pushes", this.pushes),
      marks: here("marks", this.marks),
      counters: here("counters", this.counters),
      buildSlots: here("buildSlots", this.buildSlots),
      finders: [],
      freezes: here("freezes", this.freezes),
      orphanReports: here("orphanReports", this.orphanReports),
      audit: here("audit", this.#auditLog),
      maxConcurrentBuilds: this.plan.maxConcurrentBuilds,
      secrets: here("secrets", this.secrets),
      gitTokens: empty,
      gitHubApps: { get: async () => null },
      endpointAddresses: empty,
      queue: here("queue", this.queue),
      backlog: here("backlog", this.backlog),
      signals: here("signals", this.#sockets.signals),
      hash: (text) => text,
      holder: () => this.secret(),
      now: () => this.now(),
      logger: { info: log, warn: log, error: log },
      ...this.#retrying,
    };
    return this.#breaks.deps?.(deps) ?? deps;
  }

  readonly #retrying: RetryDeps = {
    pause: (milliseconds) => this.scheduler.sleep(milliseconds),
    random: () => this.random.next(),
    measure: () => undefined,
  };

  readonly runs = memoryRuns();
  readonly schedules = memorySchedules();
  readonly cronRuns = memoryCronRuns();
  readonly #api = apiDeps().deps;
  readonly #auditLog = memoryAudit(this.audit);

  apiDepsOf(actor: Actor): ApiDeps {
    const deps = this.depsOf(actor);
    const { deployments, apps, records, sharedImages, counters, heads, secrets, queue, now, logger } = deps;
    return {
      ...this.#api,
      deployments,
      apps,
      records,
      sharedImages,
      counters,
      heads,
      secrets,
      queue,
      now,
      logger,
      requests: this.around(actor, "requests", this.#api.requests),
      outcomes: memoryOutcomes(this.outcomes),
      audit: this.around(actor, "audit", this.#auditLog),
      hash: (text) => text,
      secret: () => this.secret(),
      ...this.#retrying,
    };
  }

  secret(): string {
    const word = () =>
      Math.floor(this.random.next() * 2 ** 32)
        .toString(16)
        .padStart(8, "0");
    return Array.from({ length: 8 }, word).join("");
  }

  #build(build: Parameters<typeof report>[0]) {
    const { deployments, log } = { deployments: this.rows.port, log: this.log };
    const fate: BuildFate = this.isAllWell
      ? { outcome: "succeeded", seconds: 5 }
      : this.plan.buildOf(build.deployment_id, build.attempt);
    return report(build, fate, {
      call: (run) =>
        new Promise((resolve, reject) => {
          this.start(
            "reports",
            intakeMs,
            () => reject(new Error("No answer.")),
            async (actor) => {
              const deps: BuildsDeps = {
                deployments: this.around(actor, "deployments", deployments),
                log: this.around(actor, "log", log),
                reports: this.around(actor, "reports", this.#reports),
                queue: this.around(actor, "queue", this.queue),
                secrets: this.secrets,
                access: openAccess,
                imageAccess: someImageAccess,
                repositoriesUri: "registry.example.com/slipway",
                pushedImage: async (_appId, _tag, digest) => ({ outcome: "found", digest, bytes: null }),
                repositoryReach: "public",
                known: this.#knownBuilds[this.#reported++ % 2] ?? knownBuilds(),
                hash: (text) => text,
                now: () => this.now(),
                ...this.#retrying,
              };
              await run(deps).then(resolve, reject);
            },
          );
        }),
      sleep: (ms) => this.scheduler.sleep(ms),
      isWanted: () => build.status === "IN_PROGRESS",
      isRepeated: () => this.faults.happens("report_again"),
      now: () => this.now(),
      headOf: (url) => this.repository(url).head,
    });
  }

  /** The stream of the rows: wakes the pump, and reports to the bus how deployments end, at least once each. */
  #rowChanged(before: Deployment | null, row: Deployment): void {
    this.trace.add(
      this.scheduler.time,
      "rows",
      () =>
        `${row.id} v${row.version} ${row.stage} ${row.progress} ${row.ending?.stage ?? ""} [${row.outbox.map(({ type }) => type).join(" ")}]`,
    );
    this.wakePump(row.id);
    this.#judgeEnd(before, row);
    if (row.stage === "success" && before?.stage !== "success") this.served.push(row.id);
    if (before?.stage === row.stage || (row.stage !== "success" && row.stage !== "failed")) return;
    const record = () => this.outcomes.set(row.id, outcomeOf(presentDeployment(row)));
    this.#inFlight += 1;
    this.scheduler.after(this.random.between(0, 3000), () => {
      this.#inFlight -= 1;
      record();
    });
    if (this.faults.happens("message_doubled")) this.scheduler.after(this.random.between(0, 60_000), record);
  }

  /**
   * Where the clock jumped, a start may come through after the end, and is taken back then. What could not be stopped in the time
   * that there is for it is stopped after the end, which the log says.
   */
  #judgeEnd(before: Deployment | null, row: Deployment): void {
    const ends = isTerminal(row.stage) && before !== null && !isTerminal(before.stage);
    const wasGivenUp = before !== null && before.ending !== null && before.deadline_at === null;
    if (!ends || this.hasJumped || wasGivenUp) return;
    if (row.stage !== "success" && this.ecs.runs(row.app_id, row.id))
      this.complain(`Deployment ${row.id} is ${row.stage}, and ECS runs it.`);
    const { processes } = this.ecs;
    for (const [name, deployments] of processes.running(row.app_id))
      if (row.stage !== "success" && deployments.includes(row.id))
        this.complain(`Deployment ${row.id} is ${row.stage}, and its process ${name} runs.`);
    for (const { name } of row.stage === "success" ? row.settings.processes : [])
      if (processes.steadySeconds(row.app_id, name, row.id) < steadySeconds)
        this.complain(`Deployment ${row.id} is live, and its process ${name} does not run.`);
  }

  /** One pump at a time for a deployment, again where something came meanwhile. */
  wakePump(id: number): void {
    if (this.#pumps.has(id)) this.#pumps.set(id, "again");
    else {
      this.#pumps.set(id, "running");
      this.scheduler.after(this.random.between(20, 300), () => this.#pump(id));
    }
  }

  #pump(id: number): void {
    const next = (isNeeded: boolean, ms: number): void => {
      const isWanted = isNeeded || this.#pumps.get(id) === "again";
      this.#pumps.delete(id);
      if (!isWanted) return;
      this.#pumps.set(id, "running");
      this.scheduler.after(ms, () => this.#pump(id));
    };
    this.#pumps.set(id, "running");
    this.start(
      "pump",
      pumpMs,
      () => next(true, 1000),
      async (actor) => {
        const deployments = this.around(actor, "deployments", this.rows.port);
        const log = this.around(actor, "log", this.log);
        const connections = this.around(actor, "connections", this.#sockets.connections);
        const deps: PumpDeps = {
          watched: watchedByParts({ deployments, log, connections }),
          log,
          connections,
          sockets: this.around(actor, "sockets", this.viewers.sockets),
          encode: encodeFrame,
          queue: this.around(actor, "queue", this.queue),
          random: () => this.random.next(),
          elapsedMs: () => this.scheduler.time,
          now: () => this.now(),
          logger: silentLogger,
        };
        await pump(deps, id);
        next(false, 100);
      },
    );
  }
}
