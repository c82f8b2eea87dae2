import type { Environment } from "./environment.ts";
import { isRefusal } from "./errors.ts";

/** `polling`: REST answers but sockets do not get through. `refused`: asking again does not help. */
export type LinkState = "connecting" | "connected" | "polling" | "reconnecting" | "refused";

export interface Message {
  readonly type: string;
  readonly timestamp: string;
  readonly data: unknown;
}

export interface LinkOptions {
  readonly environment: Environment;
  /** Where to connect to; asked anew for each attempt, since cursor and ticket change. */
  readonly address: () => Promise<string>;
  /** Asks over REST whether the server is there and admits the caller: a browser does not say why a socket failed. */
  readonly probe: () => Promise<unknown>;
  readonly onMessage: (message: Message) => void;
  /** `error`: what the probe threw. `connected` is told after each reconnect too. */
  readonly onState: (state: LinkState, error: Error | null) => void;
}

export interface Link {
  /** Looks after the connection now instead of later. */
  nudge(): void;
  /** Something over REST failed while polling. */
  report(error: unknown): void;
  close(): void;
}

const firstDelayMs = 250;
const longestDelayMs = 10_000;
/** A handshake, and the first answer over it, take no longer. */
const patienceMs = 10_000;
/** After so long a silence it is asked whether anybody is there; API Gateway closes a socket after ten idle minutes. */
const silenceMs = 25_000;
const answerMs = 5_000;
/** So many handshakes in a row that fail while REST answers mean that sockets do not get through here. */
const blockedAfter = 2;
/** Even then a socket is tried once in a while. */
const unblockMs = 60_000;

/**
 * A socket that is kept: it comes back for as long as it takes, with exponential backoff and full jitter, and at once when
 * the network does. It counts as connected when something was heard over it, not when it opened: some proxies accept
 * a socket and pass nothing on.
 */
export function openLink({ environment, address, probe, onMessage, onState }: LinkOptions): Link {
  const { later, random } = environment;
  let socket: WebSocket | null = null;
  let stopTimer = () => {};
  let state: LinkState = "connecting";
  let heard = false;
  let attempt = 0;
  let blocked = 0;
  /** Whatever belongs to an earlier attempt is stale. */
  let turn = 0;

  const wait = (ms: number, run: () => void) => {
    stopTimer();
    stopTimer = later(ms, run);
  };
  const become = (next: LinkState, error: Error | null = null) => {
    if (next === state && next !== "connected" && error === null) return;
    state = next;
    onState(next, error);
  };
  const again = () => wait(random() * Math.min(longestDelayMs, firstDelayMs * 2 ** attempt++), () => void connect());
  const drop = () => {
    turn++;
    stopTimer();
    const dropped = socket;
    socket = null;
    dropped?.close();
  };

  const connect = async () => {
    drop();
    const mine = turn;
    const isStale = () => mine !== turn;
    const failed = () => void (isStale() || lost());
    wait(patienceMs, failed);
    try {
      const to = await address();
      if (isStale()) return;
      const opened = new environment.WebSocket(to);
      socket = opened;
      opened.onopen = () => void (isStale() || ping());
      opened.onmessage = (event) => void (isStale() || receive(event.data));
      opened.onclose = failed;
    } catch (error) {
      if (!isStale()) judge(error);
    }
  };
  const ping = () => socket?.readyState === 1 && socket.send('{"type":"ping"}');

  const receive = (text: unknown) => {
    heard = true;
    if (state !== "connected") {
      attempt = 0;
      blocked = 0;
      become("connected");
      listen();
    }
    const message = parse(text);
    if (message !== null && message.type !== "pong") onMessage(message);
  };
  const listen = () => {
    heard = false;
    wait(silenceMs, () => (heard ? listen() : check()));
  };
  const check = () => {
    heard = false;
    ping();
    wait(answerMs, () => (heard ? listen() : lost()));
  };

  const lost = () => {
    const wasConnected = state === "connected";
    drop();
    if (wasConnected) {
      become("reconnecting");
      return again();
    }
    const mine = turn;
    probe().then(
      () => mine === turn && unheard(),
      (error: unknown) => mine === turn && judge(error),
    );
  };
  const unheard = () => {
    blocked++;
    if (blocked < blockedAfter) {
      become("reconnecting");
      return again();
    }
    become("polling");
    wait(unblockMs, () => void connect());
  };
  const judge = (error: unknown) => {
    drop();
    const cause = error instanceof Error ? error : new Error(String(error));
    if (isRefusal(error)) return become("refused", cause);
    become("reconnecting", cause);
    again();
  };

  const nudge = () => {
    if (state === "connected") return check();
    attempt = 0;
    if (socket?.readyState !== 0) void connect();
  };
  const unwatch = environment.onWake(nudge);
  void connect();
  return {
    nudge,
    report: judge,
    close: () => {
      unwatch();
      drop();
    },
  };
}

function parse(text: unknown): Message | null {
  try {
    const value: unknown = JSON.parse(String(text));
    return typeof value === "object" && value !== null && "type" in value ? (value as Message) : null;
  } catch {
    return null;
  }
}
