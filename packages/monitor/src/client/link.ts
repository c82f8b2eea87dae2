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
  /** The server greets whoever connects. Otherwise it is asked whether it hears. */
  readonly isGreeted: boolean;
  readonly onMessage: (message: Message) => void;
  /** `error`: what the probe threw. `connected` is reported after each reconnect too. */
  readonly onState: (state: LinkState, error: Error | null) => void;
}

const firstDelayMs = 250;
const longestDelayMs = 10_000;
/** A handshake, and the first answer over it, take no longer. */
const timeoutMs = 10_000;
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
export class Link {
  readonly #options: LinkOptions;
  readonly #unwatch: () => void;
  #state: LinkState = "connecting";
  #socket: WebSocket | null = null;
  /** The one thing that is waited for at a time. */
  #stopWaiting: () => void = () => {};
  /** Whatever belongs to an earlier turn is stale. */
  #turn = 0;
  #heard = false;
  #attempt = 0;
  #blocked = 0;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#unwatch = options.environment.onWake(() => this.nudge());
    void this.#connect();
  }

  /** Looks after the connection now instead of later. */
  nudge(): void {
    this.#attempt = 0;
    const isConnecting = this.#socket?.readyState === 0;
    if (this.#state === "connected") this.#check();
    else if (!isConnecting) void this.#connect();
  }

  /** Something over REST failed while polling. */
  report(error: unknown): void {
    this.#judge(error);
  }

  close(): void {
    this.#unwatch();
    this.#drop();
  }

  async #connect(): Promise<void> {
    this.#drop();
    const mine = this.#turn;
    const current = (run: () => void) => () => {
      if (mine === this.#turn) run();
    };
    const failed = current(() => this.#lost());
    this.#wait(timeoutMs, failed);
    try {
      const address = await this.#options.address();
      if (mine !== this.#turn) return;
      const socket = new this.#options.environment.WebSocket(address);
      this.#socket = socket;
      socket.onopen = current(() => this.#options.isGreeted || this.#ping());
      socket.onmessage = ({ data }) => current(() => this.#receive(data))();
      socket.onclose = failed;
    } catch (error) {
      current(() => this.#judge(error))();
    }
  }

  #receive(text: unknown): void {
    const message = parse(text);
    if (message === null) return;
    this.#heard = true;
    // An answer alone does not mean that a viewer is known and will get any events.
    const counts = message.type !== "pong" || !this.#options.isGreeted;
    if (this.#state !== "connected" && counts) this.#connected();
    if (message.type !== "pong") this.#options.onMessage(message);
  }

  #connected(): void {
    this.#attempt = 0;
    this.#blocked = 0;
    this.#become("connected");
    this.#listen();
  }

  #listen(): void {
    this.#heard = false;
    this.#wait(silenceMs, () => (this.#heard ? this.#listen() : this.#check()));
  }

  #check(): void {
    this.#heard = false;
    this.#ping();
    this.#wait(answerMs, () => (this.#heard ? this.#listen() : this.#lost()));
  }

  #ping(): void {
    if (this.#socket?.readyState === 1) this.#socket.send('{"type":"ping"}');
  }

  /** What was connected is likely to be so again in a moment; of what never was it is asked why. */
  #lost(): void {
    const wasConnected = this.#state === "connected";
    this.#drop();
    if (wasConnected) this.#comeBack(null);
    else this.#askWhy();
  }

  #askWhy(): void {
    const mine = this.#turn;
    this.#options.probe().then(
      () => mine === this.#turn && this.#unheard(),
      (error: unknown) => mine === this.#turn && this.#judge(error),
    );
  }

  /** REST answers, and the socket does not. */
  #unheard(): void {
    this.#blocked++;
    if (this.#blocked < blockedAfter) {
      this.#comeBack(null);
    } else {
      this.#become("polling");
      this.#wait(unblockMs, () => void this.#connect());
    }
  }

  #judge(error: unknown): void {
    this.#drop();
    const cause = error instanceof Error ? error : new Error(String(error));
    if (isRefusal(error)) this.#become("refused", cause);
    else this.#comeBack(cause);
  }

  #comeBack(error: Error | null): void {
    this.#become("reconnecting", error);
    const longest = Math.min(longestDelayMs, firstDelayMs * 2 ** this.#attempt++);
    this.#wait(this.#options.environment.random() * longest, () => void this.#connect());
  }

  #become(state: LinkState, error: Error | null = null): void {
    const isChanged = state !== this.#state || error !== null;
    this.#state = state;
    if (isChanged) this.#options.onState(state, error);
  }

  #wait(ms: number, run: () => void): void {
    this.#stopWaiting();
    this.#stopWaiting = this.#options.environment.later(ms, run);
  }

  #drop(): void {
    this.#turn++;
    this.#stopWaiting();
    this.#socket?.close();
    this.#socket = null;
  }
}

function parse(text: unknown): Message | null {
  try {
    const value: unknown = JSON.parse(String(text));
    return typeof value === "object" && value !== null && "type" in value ? (value as Message) : null;
  } catch {
    return null;
  }
}
