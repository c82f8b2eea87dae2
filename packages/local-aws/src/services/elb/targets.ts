import { Agent, get } from "node:http";
import type { Clock } from "../../kernel/clock.ts";
import { afterCheck, type CheckOutcome, DRAINING, type Health, REGISTERED } from "./health.ts";
import type { TargetGroup } from "./model.ts";

/** Somewhere to send requests. `id` is an address, as for target groups of type `ip`. */
export interface Target {
  readonly id: string;
  readonly port: number;
  /** Where it is reached, if that is not its `id`. */
  readonly host?: string;
}

interface RegisteredTarget extends Target {
  readonly health: Health;
}

/** A target that was chosen for a request. */
export interface Chosen extends Target {
  readonly host: string;
  /** Keeps idle connections to this target only. */
  readonly agent: Agent;
  /** Says that the request is over; `cut` is called if it is not when draining ends. */
  use(cut: () => void): () => void;
}

/** The registered targets and their health. Not durable: ECS registers its targets again after a start. */
export interface Targets {
  register(groupArn: string, target: Target): void;
  /** No new requests from now on; resolves when those in flight are answered, or cut after the group's deregistration delay. */
  deregister(groupArn: string, target: Target): Promise<void>;
  of(groupArn: string): readonly RegisteredTarget[];
  /** A healthy one in turn, or an unhealthy one where all are. `except`: one that was just found dead. */
  pick(groupArn: string, except?: Target): Chosen | undefined;
  /** Called with the group's ARN after a target's health changed. The returned function ends that. */
  onChange(listen: (groupArn: string) => void): () => void;
  dropGroup(groupArn: string): void;
  close(): void;
}

export interface TargetsOptions {
  readonly clock: Clock;
  /** `undefined`: the group was deleted. */
  readonly groupOf: (arn: string) => TargetGroup | undefined;
  /** How long a second of a health check's interval lasts. */
  readonly secondMs: number;
  /** A target of that group was checked. */
  readonly onChecked?: (groupArn: string) => void;
}

interface Entry extends Target {
  readonly host: string;
  readonly groupArn: string;
  readonly agent: Agent;
  readonly registeredAt: number;
  readonly inFlight: Set<() => void>;
  health: Health;
  cancelCheck: () => void;
  drained: (() => void) | undefined;
}

/** A new target is checked this often, so that a release is not slower than the app. */
const FIRST_CHECKS_MS = 150;
const IDLE_CONNECTIONS = 64;

/** The time is for all of it: a target that says a little now and then, or sends a body without end, is not waited for. */
function checkOnce(clock: Clock, url: string, timeoutMs: number): Promise<CheckOutcome> {
  return new Promise((resolve) => {
    const request = get(
      new URL(url),
      { agent: false, headers: { "user-agent": "ELB-HealthChecker/2.0" } },
      (response) => {
        response.resume();
        resolve({ kind: "code", code: response.statusCode ?? 0 });
      },
    );
    const cancel = clock.after(timeoutMs, () => {
      resolve({ kind: "timeout" });
      request.destroy();
    });
    request.once("upgrade", (response, socket) => {
      socket.destroy();
      resolve({ kind: "code", code: response.statusCode ?? 0 });
    });
    request.once("error", () => resolve({ kind: "failed" }));
    request.once("close", cancel);
  });
}

const same = (target: Target) => (one: Target) => one.id === target.id && one.port === target.port;

class TargetRegistry implements Targets {
  readonly #options: TargetsOptions;
  readonly #groups = new Map<string, Entry[]>();
  readonly #turns = new Map<string, number>();
  readonly #listeners = new Set<(groupArn: string) => void>();

  constructor(options: TargetsOptions) {
    this.#options = options;
  }

  register(groupArn: string, target: Target): void {
    if (this.#entries(groupArn).some(same(target))) return;
    const entry: Entry = {
      id: target.id,
      port: target.port,
      host: target.host ?? target.id,
      groupArn,
      agent: new Agent({ keepAlive: true, maxFreeSockets: IDLE_CONNECTIONS }),
      registeredAt: this.#options.clock.elapsed(),
      inFlight: new Set(),
      health: REGISTERED,
      cancelCheck: () => undefined,
      drained: undefined,
    };
    this.#groups.set(groupArn, [...this.#entries(groupArn), entry]);
    void this.#check(entry);
  }

  async deregister(groupArn: string, target: Target): Promise<void> {
    const entry = this.#entries(groupArn).find(same(target));
    if (entry !== undefined && entry.drained === undefined) await this.#drain(entry);
  }

  of(groupArn: string): readonly RegisteredTarget[] {
    return this.#entries(groupArn);
  }

  pick(groupArn: string, except?: Target): Chosen | undefined {
    const serving = this.#serving(groupArn);
    const others = except === undefined ? serving : serving.filter((one) => !same(except)(one));
    const turn = (this.#turns.get(groupArn) ?? 0) + 1;
    this.#turns.set(groupArn, turn);
    const entry = others[turn % Math.max(others.length, 1)];
    if (entry === undefined) return undefined;
    const { id, port, host, agent } = entry;
    return { id, port, host, agent, use: (cut) => this.#use(entry, cut) };
  }

  onChange(listen: (groupArn: string) => void): () => void {
    this.#listeners.add(listen);
    return () => void this.#listeners.delete(listen);
  }

  dropGroup(groupArn: string): void {
    for (const entry of this.#entries(groupArn)) this.#remove(entry);
    this.#groups.delete(groupArn);
  }

  close(): void {
    for (const entry of [...this.#groups.values()].flat()) this.#remove(entry);
  }

  #entries(groupArn: string): Entry[] {
    return this.#groups.get(groupArn) ?? [];
  }

  /** The healthy ones. A group of unhealthy targets only fails open, as on AWS ("Health checks for Application Load Balancer target groups"). */
  #serving(groupArn: string): readonly Entry[] {
    const registered = this.#entries(groupArn).filter(({ health }) => health.state !== "draining");
    const isFailOpen = registered.every(({ health }) => health.state === "unhealthy");
    return isFailOpen ? registered : registered.filter(({ health }) => health.state === "healthy");
  }

  #settle(entry: Entry, health: Health): void {
    const changed = entry.health.state !== health.state;
    entry.health = health;
    if (changed) for (const listen of this.#listeners) listen(entry.groupArn);
  }

  async #check(entry: Entry): Promise<void> {
    const { groupOf, secondMs, clock } = this.#options;
    const group = groupOf(entry.groupArn);
    if (group === undefined || entry.health.state === "draining") return;
    const { healthCheck } = group;
    const port = healthCheck.HealthCheckPort === "traffic-port" ? entry.port : healthCheck.HealthCheckPort;
    const url = `http://${entry.host}:${port}${healthCheck.HealthCheckPath}`;
    const outcome = await checkOnce(clock, url, healthCheck.HealthCheckTimeoutSeconds * 1000);
    if (!this.#entries(entry.groupArn).includes(entry) || entry.drained !== undefined) return;
    const intervalMs = healthCheck.HealthCheckIntervalSeconds * secondMs;
    const graceEndsAt = entry.registeredAt + intervalMs * healthCheck.UnhealthyThresholdCount;
    this.#settle(entry, afterCheck(entry.health, outcome, healthCheck, clock.elapsed() < graceEndsAt));
    this.#options.onChecked?.(entry.groupArn);
    const next = entry.health.state === "initial" ? Math.min(FIRST_CHECKS_MS, intervalMs) : intervalMs;
    entry.cancelCheck = clock.after(next, () => void this.#check(entry));
  }

  #drain(entry: Entry): Promise<void> {
    const { groupOf, clock } = this.#options;
    return new Promise((resolve) => {
      const seconds = Number(groupOf(entry.groupArn)?.attributes["deregistration_delay.timeout_seconds"] ?? 0);
      entry.cancelCheck();
      const cancel = clock.after(seconds * 1000, () => this.#remove(entry));
      entry.drained = () => {
        cancel();
        resolve();
      };
      this.#settle(entry, DRAINING);
      if (entry.inFlight.size === 0) this.#remove(entry);
    });
  }

  #use(entry: Entry, cut: () => void): () => void {
    entry.inFlight.add(cut);
    return () => {
      if (entry.inFlight.delete(cut) && entry.inFlight.size === 0 && entry.drained !== undefined) this.#remove(entry);
    };
  }

  #remove(entry: Entry): void {
    entry.cancelCheck();
    const left = this.#entries(entry.groupArn).filter((one) => one !== entry);
    this.#groups.set(entry.groupArn, left);
    for (const cut of [...entry.inFlight]) cut();
    entry.agent.destroy();
    entry.drained?.();
  }
}

export const createTargets = (options: TargetsOptions): Targets => new TargetRegistry(options);
