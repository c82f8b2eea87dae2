import type { Deployment } from "../../lib/core/deployment.ts";
import { append, sealLog } from "../../lib/core/log.ts";
import { type PumpWorld, pump } from "../../lib/core/pump/pump.ts";
import { isTerminal, type Stage, stages } from "../../lib/core/stage.ts";
import { someDeployment } from "../support/deployments.ts";
import { memoryConnections } from "../support/memory-connections.ts";
import { memoryDeployments, memoryLog, simulatedClock } from "../support/memory-world.ts";

const id = 7;

interface Seen {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Who watches, and what arrived. */
export interface Watcher {
  readonly name: string;
  readonly after: number;
  readonly seen: Seen[];
  left: boolean;
  /** So many posts come before its handshake is over. */
  early: number;
}

export type Step =
  | { readonly type: "stage" | "progress" | "inner" | "pump" }
  | { readonly type: "lines"; readonly count: number }
  | { readonly type: "watch"; readonly after: number; readonly batch: boolean; readonly early: number }
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
}

class Dead extends Error {}

/** A deployment's life as its viewers see it: rows, lines and viewers come and go, and the pump runs whenever the play says so. */
class Theatre {
  readonly watchers: Watcher[] = [];
  readonly violations: string[] = [];
  readonly #clock = simulatedClock();
  readonly #log = memoryLog();
  readonly #deployments = memoryDeployments(() => this.#log.isSealed(id), this.violations);
  readonly #connections = memoryConnections(() => {
    this.#woken = true;
  });
  readonly #play: Play;
  readonly #steps: Step[];
  readonly #meanwhile: boolean[];
  readonly #crashes: boolean[];
  readonly #failures: boolean[];
  readonly #ahead: Stage[];
  #woken = true;
  #told = 0;

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
    for (let rounds = 0; this.#woken; rounds++) {
      if (rounds > 1000) throw new Error("The pump does not come to rest.");
      await this.#pump();
    }
    return {
      row: await this.#row(),
      cursors: this.#log.lines(id).map(({ cursor }) => cursor),
      remaining: (await this.#connections.list(id)).map(({ connection_id }) => connection_id),
    };
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
        progress: stages[stage].progress ?? row.progress,
        message: stages[stage].message,
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
      line: `line ${++this.#told}\n`,
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

  async #watch({ after, batch, early }: Extract<Step, { type: "watch" }>): Promise<void> {
    const name = `watcher ${this.watchers.length}`;
    this.watchers.push({ name, after, seen: [], left: false, early });
    await this.#connections.add(id, {
      connection_id: name,
      after,
      batch,
      live: false,
      greeted: false,
      connected_at: this.#clock.now(),
      principal: "ada",
    });
    this.#woken = true;
  }

  /** As the stream does: a run that failed is run again. */
  async #pump(): Promise<void> {
    this.#woken = false;
    this.#clock.ms += 1000;
    try {
      await pump(this.#world(), id);
    } catch (error) {
      if (!(error instanceof Dead)) throw error;
      this.#woken = true;
    }
  }

  #world(): PumpWorld {
    return {
      deployments: this.#deployments,
      log: this.#log,
      connections: {
        ...this.#connections,
        advance: async (of, mark) => {
          if (this.#crashes.shift()) throw new Dead();
          await this.#connections.advance(of, mark);
        },
      },
      sockets: { post: (name, text) => this.#post(name, text) },
      now: () => this.#clock.now(),
      note: () => {},
    };
  }

  async #post(name: string, text: string): Promise<"sent" | "gone"> {
    const next = this.#steps[0];
    if (this.#meanwhile.shift() && next !== undefined && next.type !== "pump") {
      this.#steps.shift();
      await this.#do(next);
    }
    const watcher = this.watchers.find((one) => one.name === name);
    if (watcher === undefined || watcher.left || watcher.early-- > 0) return "gone";
    if (this.#play.failing(name) && this.#failures.shift()) throw new Error("The socket did not answer.");
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
