import type { AuditEntry } from "../../../lib/core/access/audit.ts";
import { type Deployment, isOpen } from "../../../lib/core/deployment/deployment.ts";
import type { Deployments } from "../../../lib/core/ports/deployments.ts";
import { isTerminal } from "../../../lib/core/stage.ts";
import type { Random } from "./random.ts";
import type { Faults } from "./scheduler.ts";

/** The rows of the deployments, as a test may look at them. */
export interface Rows {
  readonly port: Deployments;
  all(): readonly Deployment[];
  get(id: number): Deployment | undefined;
}

export interface RowsOptions {
  readonly time: () => number;
  readonly random: Random;
  readonly faults: Faults;
  readonly isSealed: (id: number) => boolean;
  /** Where the entries go that are written with new rows. */
  readonly audit: AuditEntry[];
  /** Called for each write, as the stream reports it. */
  readonly changed: (before: Deployment | null, after: Deployment) => void;
  readonly complain: (complaint: string) => void;
}

/** An index answers what was true some time ago. */
const lagMs = 3000;
/** A page of a table ends at 1 MB, and rows may be big: a sweep that gets no more than one goes on at the next. */
const overdueAtOnce = 3;

/**
 * The rows of the deployments in memory: the row itself is strongly consistent, lists are pages of an index that lags.
 * What nobody may ever write is complained about.
 */
export function memoryRows(options: RowsOptions): Rows {
  const rows = new Map<number, Deployment>();
  const versions = new Map<number, { readonly at: number; readonly row: Deployment }[]>();
  const write = (before: Deployment | null, next: Deployment): void => {
    const row: Deployment = JSON.parse(JSON.stringify(next));
    rows.set(row.id, row);
    versions.set(row.id, [...(versions.get(row.id) ?? []).slice(-8), { at: options.time(), row }]);
    options.changed(before, row);
  };
  const indexed = (): Deployment[] => {
    const until = options.time() - (options.faults.happens("index_lags") ? options.random.between(0, lagMs) : 0);
    return [...versions.values()].flatMap((all) => all.findLast(({ at }) => at <= until)?.row ?? []);
  };
  const open = (when: (due: string) => boolean): Deployment[] =>
    indexed()
      .filter((row) => isOpen(row) && row.next_poll_at !== null && when(row.next_poll_at))
      .sort((one, other) => ((one.next_poll_at ?? "") < (other.next_poll_at ?? "") ? -1 : 1))
      .slice(0, overdueAtOnce);

  const port: Deployments = {
    create: async (row, entry) => {
      if (rows.has(row.id)) return false;
      write(null, row);
      if (entry !== undefined) options.audit.push(entry);
      return true;
    },
    get: async (id) => rows.get(id) ?? null,
    replace: async (next) => {
      const before = rows.get(next.id);
      if (before?.version !== next.version - 1) return false;
      judge(before, next, options);
      write(before, next);
      return true;
    },
    list: async ({ apps, stage, limit, before }) => {
      const found = indexed()
        .filter((row) => (apps?.includes(row.app_id) ?? true) && (stage === null || row.stage === stage))
        .filter(({ id }) => before === null || id < before)
        .sort((one, other) => other.id - one.id);
      const page = found.slice(0, limit);
      return { deployments: page, more: page.length < found.length };
    },
    overdue: async (time) => open((due) => due < time),
    dueAfter: async (time) => open((due) => due > time),
  };
  return { port, all: () => [...rows.values()], get: (id) => rows.get(id) };
}

function judge(before: Deployment, next: Deployment, { isSealed, complain }: RowsOptions): void {
  if (isTerminal(before.stage) && before.stage !== next.stage)
    complain(`Deployment ${next.id}: ${before.stage} became ${next.stage}.`);
  if (isTerminal(next.stage) && !isSealed(next.id))
    complain(`Deployment ${next.id} is ${next.stage} before its log was sealed.`);
  if (next.progress < before.progress && next.stage !== "failed")
    complain(`Deployment ${next.id}: its progress ran backwards from ${before.progress} to ${next.progress}.`);
}
