import type { Kind } from "./plan.ts";

/** A deployment that somebody asked for, and what they asked of it afterwards. */
export interface Asked {
  readonly id: number;
  readonly app: number;
  readonly version: string;
  readonly commit: string;
  readonly kind: Kind;
  /** Numbered lines that its build prints. */
  readonly lines: number;
  readonly by: "api" | "webhook" | "rollback" | "retry";
  readonly rollbackOf: number | null;
  readonly verdict: "approve" | "reject";
  /** Asked for at all, even if no answer came. */
  readonly asks: Set<"cancel" | "approve" | "reject">;
  /** How it ended, once that was seen: it may never change again. */
  end: { readonly stage: string; readonly finished_at: string } | null;
}

export interface KnownApp {
  readonly id: number;
  readonly name: string;
  readonly settings: Readonly<Record<string, unknown>>;
  deleted: boolean;
}

/** A write that must be in the audit log: `certain` times for sure, and not more than `possible` times, since answers get lost. */
interface Write {
  readonly action: string;
  readonly subject: number;
  certain: number;
  possible: number;
}

/** All that was asked for, by whoever asked: what the judge compares the installation with. */
export interface History {
  readonly apps: KnownApp[];
  readonly deployments: Map<number, Asked>;
  readonly writes: Map<string, Write>;
  add(asked: Omit<Asked, "asks" | "end">): Asked;
  wrote(action: string, subject: number, certain: number, possible: number): void;
  of(app: number): Asked[];
  kindOf(version: string): Kind | undefined;
}

export function createHistory(): History {
  const deployments = new Map<number, Asked>();
  const writes = new Map<string, Write>();
  const kinds = new Map<string, Kind>();
  return {
    apps: [],
    deployments,
    writes,
    add: (asked) => {
      const known = deployments.get(asked.id);
      // The same push delivered again leads to the same deployment.
      if (known !== undefined) return known;
      const added: Asked = { ...asked, asks: new Set(), end: null };
      deployments.set(asked.id, added);
      kinds.set(asked.version, asked.kind);
      return added;
    },
    wrote: (action, subject, certain, possible) => {
      const key = `${action} ${subject}`;
      const known = writes.get(key) ?? { action, subject, certain: 0, possible: 0 };
      writes.set(key, { ...known, certain: known.certain + certain, possible: known.possible + possible });
    },
    of: (app) => [...deployments.values()].filter((one) => one.app === app),
    kindOf: (version) => kinds.get(version),
  };
}
