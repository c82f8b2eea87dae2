import { terminalStages } from "@slipway/monitor/stages";
import type { Caller } from "../caller.ts";
import type { History } from "../history.ts";
import type { Installation } from "../installation.ts";
import type { SoakReport } from "../report.ts";

/** How much of everything. */
interface Size {
  readonly apps: number;
  readonly deployments: number;
  readonly viewers: number;
  readonly lines: number;
  readonly idle: number;
}

/** 1: 200 apps, 1,000 deployments, 50 viewers on 50,000 lines, 500 idle sockets. */
export const sizeOf = (scale: number): Size => ({
  apps: Math.max(4, Math.round(200 * scale)),
  deployments: Math.max(12, Math.round(1000 * scale)),
  viewers: Math.max(2, Math.round(50 * scale)),
  lines: Math.max(500, Math.round(50_000 * scale)),
  idle: Math.max(5, Math.round(500 * scale)),
});

/** What loading reaches. */
export interface Load {
  readonly size: Size;
  readonly installation: Installation;
  readonly caller: Caller;
  readonly history: History;
  readonly report: SoakReport;
  readonly say: (line: string) => void;
}

/** How many calls are under way at the same time. */
export const atOnce = 6;

export const terminal: readonly string[] = terminalStages;
