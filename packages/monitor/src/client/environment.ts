/** What a client takes from its surroundings; all of it can be handed in. */
export interface Environment {
  readonly fetch: typeof fetch;
  readonly WebSocket: typeof WebSocket;
  /** Calls back after `ms`; the returned function cancels. */
  readonly later: (ms: number, run: () => void) => () => void;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Calls back when it is worth looking after the connection at once: the network came or went, the tab is looked at again. */
  readonly onWake: (run: () => void) => () => void;
}

/** The browser's own, or Node's. Read when they are used, so that importing this needs neither. */
export const surroundings: Environment = {
  fetch: (...request) => fetch(...request),
  get WebSocket() {
    return WebSocket;
  },
  later: (ms, run) => {
    const handle = setTimeout(run, ms);
    return () => clearTimeout(handle);
  },
  random: Math.random,
  onWake: (run) => {
    if (typeof document === "undefined") return () => {};
    const whenVisible = () => document.visibilityState === "visible" && run();
    addEventListener("online", run);
    addEventListener("offline", run);
    document.addEventListener("visibilitychange", whenVisible);
    // A page taken out of the back/forward cache comes without its sockets.
    addEventListener("pageshow", run);
    return () => {
      removeEventListener("online", run);
      removeEventListener("offline", run);
      document.removeEventListener("visibilitychange", whenVisible);
      removeEventListener("pageshow", run);
    };
  },
};
