import { setTimeout as pause } from "node:timers/promises";
import { apiAt } from "../../test/support/api.ts";
import { type Viewer, view } from "../../test/support/viewer.ts";
import type { Installation } from "./installation.ts";

export interface SeenLine {
  readonly line: string;
  readonly cursor: number;
}

/** What somebody saw of a deployment's log, over all connections that it took. */
export interface Seen {
  readonly id: number;
  readonly how: "socket" | "long poll";
  readonly connections: number;
  /** By cursor, in the order of arrival. */
  readonly lines: readonly SeenLine[];
  /** Lines that came again on the same connection with the same cursor, which clients drop. */
  readonly repeats: number;
  /** What must never happen, in words. */
  readonly wrong: readonly string[];
  readonly finished: boolean;
}

export interface Follower {
  /** Resolves when the log is complete, or when nobody waits for it any longer. */
  readonly seen: Promise<Seen>;
  /** Not to be waited for any longer. */
  leave(): void;
}

/** The lines of one deployment as they arrive, each held against those before. */
function arrivals() {
  const lines = new Map<number, string>();
  const wrong: string[] = [];
  let last = 0;
  let repeats = 0;
  return {
    lines,
    wrong,
    last: () => last,
    repeats: () => repeats,
    /** `after`: from where this connection was to go on. */
    take: ({ line, cursor }: SeenLine, after: number) => {
      const before = lines.get(cursor);
      if (cursor <= after) wrong.push(`line ${cursor} came on a connection that had asked for what follows ${after}`);
      else if (before === line) repeats++;
      else if (before !== undefined) wrong.push(`line ${cursor} came as ${before} and as ${line}`);
      else if (cursor < last) wrong.push(`line ${cursor} came after line ${last}`);
      lines.set(cursor, line);
      last = Math.max(last, cursor);
    },
  };
}

const pollMs = 100;

/** Watches over a socket; when it breaks, another one goes on after the last line. */
export function followBySocket(installation: Installation, id: number, query = ""): Follower {
  const arrived = arrivals();
  let left = false;
  let connections = 0;
  const connect = async (after: number): Promise<Viewer | null> => {
    try {
      return await view(await installation.up(), `id=${id}&after=${after}${query}`);
    } catch (error) {
      if (/HTTP 40[0134]/.test(String(error))) arrived.wrong.push(`its handshake was refused: ${error}`);
      return null;
    }
  };
  /** `true`: nothing follows. */
  const watch = async (viewer: Viewer, after: number): Promise<boolean> => {
    let isClosed = false;
    void viewer.closed.then(() => {
      isClosed = true;
    });
    for (let taken = 0; ; ) {
      const [ended, lines] = [isOver(viewer), viewer.lines()];
      for (const line of lines.slice(taken)) arrived.take(line, after);
      taken = lines.length;
      if (ended) return true;
      if (isClosed || left) return false;
      await pause(pollMs);
    }
  };
  const all = async (): Promise<Seen> => {
    for (let finished = false; ; ) {
      const after = arrived.last();
      const viewer = await connect(after);
      if (viewer !== null) {
        connections++;
        finished = await watch(viewer, after);
        viewer.cut();
      }
      if (finished || left) return summarize("socket", finished);
      await pause(pollMs);
    }
  };
  const summarize = (how: Seen["how"], finished: boolean) => summary(id, how, connections, arrived, finished);
  return {
    seen: all(),
    leave: () => {
      left = true;
    },
  };
}

const isOver = ({ events }: Viewer): boolean => {
  const last = events.at(-1);
  return last?.type === "status" && last.data.log_complete === true;
};

/** Watches by long polls. */
export function followByPolls(installation: Installation, id: number): Follower {
  const arrived = arrivals();
  let left = false;
  let connections = 0;
  const all = async (): Promise<Seen> => {
    for (let after = 0, complete = false; ; ) {
      const url = await installation.up();
      const answer = await apiAt(url)
        .get(`/api/deployments/${id}/logs?after=${after}&limit=500&wait=5`)
        .catch(() => null);
      if (answer?.status === 200) {
        connections++;
        for (const line of answer.body.data) arrived.take(line, after);
        after = answer.body.next_cursor;
        complete = answer.body.complete;
      } else if (answer !== null && answer.status < 500 && answer.status !== 429)
        arrived.wrong.push(`a poll was answered ${answer.status}`);
      if (complete || left) return summary(id, "long poll", connections, arrived, complete);
      await pause(answer === null ? 500 : pollMs);
    }
  };
  return {
    seen: all(),
    leave: () => {
      left = true;
    },
  };
}

const summary = (
  id: number,
  how: Seen["how"],
  connections: number,
  { lines, wrong, repeats }: ReturnType<typeof arrivals>,
  finished: boolean,
): Seen => ({
  ...{ id, how, connections, wrong, finished },
  repeats: repeats(),
  lines: [...lines].map(([cursor, line]) => ({ cursor, line })),
});
