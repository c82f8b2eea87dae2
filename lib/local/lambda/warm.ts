import type { Clock } from "../part.ts";
import type { Fault } from "./protocol.ts";
import type { Sandbox } from "./sandbox.ts";

/** The open execution environments of a function, and which of them are free. */
export interface WarmSandboxes {
  /** A free one that is still alive, the last used first; otherwise a new one. */
  take(): { readonly sandbox: Sandbox; readonly isNew: boolean };
  /** Gives a living one back; it is ended after `idleMs` without use. */
  keep(sandbox: Sandbox): void;
  /** Ends all of them. */
  close(): Promise<void>;
}

interface Idle {
  readonly sandbox: Sandbox;
  readonly cancel: () => void;
}

/** `open` starts an environment and calls back once it has ended; `farewell` is what jobs under way end with. */
export function keepSandboxesWarm(
  clock: Clock,
  idleMs: number,
  farewell: Fault,
  open: (ended: () => void) => Sandbox,
): WarmSandboxes {
  const all = new Set<Sandbox>();
  const idle: Idle[] = [];
  let closed = false;
  const forget = (sandbox: Sandbox): void => {
    all.delete(sandbox);
    const at = idle.findIndex((entry) => entry.sandbox === sandbox);
    if (at >= 0) for (const entry of idle.splice(at, 1)) entry.cancel();
  };
  const takeFree = (): Sandbox | undefined => {
    for (let entry = idle.pop(); entry !== undefined; entry = idle.pop()) {
      entry.cancel();
      if (entry.sandbox.alive()) return entry.sandbox;
    }
    return undefined;
  };
  return {
    take: () => {
      const free = takeFree();
      if (free !== undefined) return { sandbox: free, isNew: false };
      const sandbox: Sandbox = open(() => forget(sandbox));
      all.add(sandbox);
      return { sandbox, isNew: true };
    },
    keep: (sandbox) => {
      if (closed || !sandbox.alive()) return;
      const cancel = clock.after(idleMs, () => void sandbox.kill(farewell));
      idle.push({ sandbox, cancel });
    },
    close: async () => {
      closed = true;
      for (const entry of idle.splice(0)) entry.cancel();
      await Promise.all([...all].map((sandbox) => sandbox.kill(farewell)));
    },
  };
}
