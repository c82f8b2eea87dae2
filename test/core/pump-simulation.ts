import { stageFacts } from "@slipway/monitor/stages";
import { encodeFrame } from "../../lib/api/encode.ts";
import type { Deployment } from "../../lib/core/deployment/deployment.ts";
import { append, sealLog } from "../../lib/core/log/log.ts";
import { type PumpDeps, pump } from "../../lib/core/pump/pump.ts";
import { connectionSchema } from "../../lib/core/sockets/connection.ts";
import { isTerminal, type Stage, stageMessages } from "../../lib/core/stage.ts";
import { plusSeconds } from "../../lib/core/time.ts";
import { someDeployment } from "../support/deployments.ts";
import { memorySockets } from "../support/memory-connections.ts";
import { memoryDeployments, memoryLog, memoryQueue, simulatedClock } from "../support/memory-stores.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { watchedByParts } from "../support/watched.ts";

const id = 7;

interface Seen {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Who watches, and what arrived. */
export interface Watcher {
  readonly name: string;
  readonly after: number;
  readonly batch: boolean;
  readonly seen: Seen[];
  left: boolean;
  /** So many posts come before its handshake is over. */
  early: number;
  /** Its connections, the last one open; it comes back with its cursor when one is closed. */
  readonly connections: string[];
  /** When somebody tried to write to it, and to close it, in milliseconds. */
  readonly posts: number[];
  readonly closes: number[];
}

/** What becomes of a post or a close: API Gateway answers otherwise, or not at all. */
export type Fault = "unavailable" | "throttled" | "forbidden" | "timed out" | "not found by name";

export type Step =
  | { readonly type: "stage" | "progress" | "inner" | "pump" }
  | { readonly type: "lines"; readonly count: number }
  | {
      readonly type: "watch";
      readonly after: number;
      readonly batch: boolean;
      readonly early: number;
      /** For how long everything paused after its row was written. */
      readonly pausedSeconds?: number;
    }
  | { readonly type: "leave"; readonly who: number };

export interface Play {
  /** The stages after `pending`, the last one terminal. */
  readonly path: readonly Stage[];
  readonly steps: readonly Step[];
  /** Whether the next step happens while a frame is being sent, for each frame; then never again. */
  readonly meanwhile: readonly boolean[];
  /** Whether the pump dies where it would note how far it is, for each time; then never again. */
  readonly crashes: readonly boolean[];
  /** Whether a frame does not get through, for each frame of the watchers that fail; then never again. */
  readonly failures: readonly boolean[];
  readonly failing: (name: string) => boolean;
  /** Who can never be reached. */
  readonly dead?: (name: string) => Fault | null;
  /** Whether dead sockets cannot be closed either. */
  readonly deaf?: boolean;
  /** Milliseconds that a post to somebody takes. */
  readonly slowness?: (name: string) => number;
}

/** The cursors of the lines that somebody saw. */
export function cursorsOf({ seen }: Pick<Watcher, "seen">): number[] {
  return seen.flatMap(({ type, data }) => {
    if (type === "log") return [Number(data.cursor)];
    return type === "logs" ? (data.lines as { cursor: number }[]).map(({ cursor }) => cursor) : [];
  });
}

class Dead extends Error {}

/** A deployment's life as its viewers see it: rows, lines and viewers come and go, and the pump runs whenever the play says so. */
class Theatre {
  readonly watchers: Watcher[] = [];
  readonly violations: string[] = [];
  readonly #clock = simulatedClock();
  readonly #log = memoryLog();
  readonly #deployments = memoryDeployments(() => this.#log.isSealed(id), this.violations);
  readonly #queue = memoryQueue(this.#clock);
  readonly #sockets = memorySockets({
    wake: () => {
      this.#woken = true;
    },
    now: () => this.#clock.now(),
  });
  readonly #connections = this.#sockets.connections;
  readonly #play: Play;
  readonly #steps: Step[];
  readonly #meanwhile: boolean[];
  readonly #crashes: boolean[];
  readonly #failures: boolean[];
  readonly #ahead: Stage[];
  #woken = true;
  #printed = 0;
  #seed = 42;

  constructor(play: Play) {
    this.#play = play;
    this.#steps = [...play.steps];
    this.#meanwhile = [...play.meanwhile];
    this.#crashes = [...play.crashes];
    this.#failures = [...play.failures];
    this.#ahead = [...play.path];
  }

  async perform(): Promise<{ row: Deployment; cursors: number[]; remaining: string[] }> {
    await this.#deployments.create(someDeployment({ id }));
    for (let step = this.#steps.shift(); step !== undefined; step = this.#steps.shift()) await this.#do(step);
    while (this.#ahead.length > 1) await this.#enter();
    await this.#seal();
    await this.#enter();
    await this.#comeToRest();
    return {
      row: await this.#row(),
      cursors: this.#log.lines(id).map(({ cursor }) => cursor),
      remaining: (await this.#connections.list(id)).map(({ connection_id }) => connection_id),
    };
  }

  /** Until nothing wakes the pump, and no message will. */
  async #comeToRest(): Promise<void> {
    for (let rounds = 0; this.#woken || this.#queue.messages.length > 0; rounds++) {
      if (rounds > 1000) throw new Error("The pump does not come to rest.");
      if (!this.#woken)
        this.#clock.ms = Math.max(this.#clock.ms, ...this.#queue.messages.map(({ at }) => at).slice(0, 1));
      await this.#deliver();
      if (this.#woken) await this.#pump();
    }
  }

  /** As the worker does with what is due on its queue. */
  async #deliver(): Promise<void> {
    const due = this.#queue.messages.filter(({ at }) => at <= this.#clock.ms);
    this.#queue.messages = this.#queue.messages.filter(({ at }) => at > this.#clock.ms);
    for (const { message } of due)
      if (message.type === "socket_due") await this.#sockets.signals.retry(message.socket, message.due);
  }

  async #row(): Promise<Deployment> {
    const row = await this.#deployments.get(id);
    if (row === null) throw new Error("The row is gone.");
    return row;
  }

  async #do(step: Step): Promise<void> {
    switch (step.type) {
      case "pump":
        return this.#pump();
      case "stage":
        return this.#ahead.length > 1 ? this.#enter() : undefined;
      case "progress":
        return this.#change((row) => ({
          progress: Math.min(99, row.progress + 1),
          status_version: row.version + 1,
        }));
      case "inner":
        return this.#change(() => ({}));
      case "lines":
        return this.#write(step.count);
      case "watch":
        return this.#watch(step);
      case "leave": {
        const watcher = this.watchers[step.who];
        if (watcher !== undefined) watcher.left = true;
      }
    }
  }

  async #change(change: (row: Deployment) => Partial<Deployment>): Promise<void> {
    const row = await this.#row();
    await this.#deployments.replace({ ...row, version: row.version + 1, ...change(row) });
    this.#woken = true;
  }

  #enter(): Promise<void> {
    const stage = this.#ahead.shift() ?? "success";
    const ends = isTerminal(stage);
    return this.#change((row) => {
      const entry = {
        stage,
        entered_at: this.#clock.now(),
        progress: stageFacts[stage].progress?.[0] ?? row.progress,
        message: stageMessages[stage],
        version: row.version + 1,
      };
      return {
        stage,
        progress: entry.progress,
        message: entry.message,
        status_version: entry.version,
        timeline: [...row.timeline, entry],
        ...(ends ? { finished_at: this.#clock.now(), log_complete: true, outbox: [] } : {}),
        ...(stage === "failed" ? { error_message: "It broke.", failed_stage: row.stage } : {}),
      };
    });
  }

  async #write(count: number): Promise<void> {
    const lines = Array.from({ length: count }, () => ({
      line: `line ${++this.#printed}\n`,
      timestamp: this.#clock.now(),
      stream: "stdout" as const,
    }));
    const head = await this.#log.head(id);
    const appended = append(head, "w", (head.written.w ?? 0) + 1, lines);
    if (appended.outcome === "append") await this.#log.put(id, appended.chunk);
    this.#woken = true;
  }

  async #seal(): Promise<void> {
    const chunk = sealLog(await this.#log.head(id));
    if (chunk !== null) await this.#log.put(id, chunk);
    this.#woken = true;
  }

  async #watch({ after, batch, early, pausedSeconds = 0 }: Extract<Step, { type: "watch" }>): Promise<void> {
    const name = `watcher ${this.watchers.length}`;
    const watcher = { name, after, batch, seen: [], left: false, early, connections: [], posts: [], closes: [] };
    this.watchers.push(watcher);
    await this.#connect(watcher, after, plusSeconds(this.#clock.now(), -pausedSeconds));
  }

  async #connect(watcher: Watcher, after: number, connected_at = this.#clock.now()): Promise<void> {
    const connection_id = `${watcher.name}, connection ${watcher.connections.length}`;
    watcher.connections.push(connection_id);
    const connection = {
      connection_id,
      after,
      batch: watcher.batch,
      connected_at,
      principal: "ada",
    };
    await this.#connections.add(id, connectionSchema.parse({ ...connection, live: false, snapshot_sent: false }));
    this.#woken = true;
  }

  /** As the stream does: a run that failed is run again. */
  async #pump(): Promise<void> {
    this.#clock.ms += 1000;
    await this.#deliver();
    this.#woken = false;
    try {
      await pump(this.#deps(), id);
    } catch (error) {
      if (!(error instanceof Dead)) throw error;
      this.#woken = true;
    }
  }

  #deps(): PumpDeps {
    return {
      watched: watchedByParts({ deployments: this.#deployments, log: this.#log, connections: this.#connections }),
      log: this.#log,
      connections: {
        ...this.#connections,
        advance: async (of, mark) => {
          if (this.#crashes.shift()) throw new Dead();
          await this.#connections.advance(of, mark);
        },
      },
      sockets: { post: (name, text) => this.#post(name, text), close: (name) => this.#close(name) },
      encode: encodeFrame,
      queue: this.#queue,
      now: () => this.#clock.now(),
      elapsedMs: () => this.#clock.ms,
      random: () => this.#random(),
      logger: silentLogger,
    };
  }

  /** From 0 to 1, the same in each performance of a play. */
  #random(): number {
    this.#seed = (this.#seed * 48271) % 2147483647;
    return this.#seed / 2147483647;
  }

  #holderOf(name: string): Watcher | undefined {
    return this.watchers.find(({ connections }) => connections.at(-1) === name);
  }

  /** Whoever is closed comes back with the last cursor that they saw. */
  async #close(name: string): Promise<void> {
    const watcher = this.#holderOf(name);
    if (watcher === undefined || watcher.left) return;
    watcher.closes.push(this.#clock.ms);
    if (this.#play.deaf && this.#play.dead?.(watcher.name)) throw new Error("The socket did not answer.");
    const isDead = this.#play.dead?.(watcher.name) ?? null;
    if (isDead !== null) watcher.left = true;
    else await this.#connect(watcher, Math.max(watcher.after, ...cursorsOf(watcher)));
  }

  async #post(name: string, text: string): Promise<"sent" | "gone"> {
    const next = this.#steps[0];
    if (this.#meanwhile.shift() && next !== undefined && next.type !== "pump") {
      this.#steps.shift();
      await this.#do(next);
    }
    const watcher = this.#holderOf(name);
    if (watcher === undefined || watcher.left || watcher.early-- > 0) return "gone";
    watcher.posts.push(this.#clock.ms);
    this.#clock.ms += this.#play.slowness?.(watcher.name) ?? 0;
    const fault = this.#play.dead?.(watcher.name) ?? null;
    if (fault !== null) throw new Error(`The socket is ${fault}.`);
    if (this.#play.failing(watcher.name) && this.#failures.shift()) throw new Error("The socket did not answer.");
    watcher.seen.push(JSON.parse(text));
    return "sent";
  }
}

/** Plays it to the end, until nothing wakes the pump any more. */
export async function perform(play: Play) {
  const theatre = new Theatre(play);
  const played = await theatre.perform();
  return { ...played, watchers: theatre.watchers, violations: theatre.violations };
}
