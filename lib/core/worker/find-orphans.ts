import type { Orphan, OrphanReport } from "../orphans.ts";
import type { Finder, Made } from "../ports/infrastructure.ts";
import { plusSeconds, secondsBetween } from "../time.ts";
import type { WorkerDeps } from "./deps.ts";
import { neededElsewhere } from "./shared-images.ts";

/** Secrets are written before the row of their app. */
const settledSeconds = 10 * 60;
/** How old a report may become. */
const reportSeconds = 60 * 60;

/** Whether it is time to look again. */
export const isReportDue = (report: OrphanReport | null, now: string): boolean =>
  report === null || Math.abs(secondsBetween(report.checked_at, now)) >= reportSeconds;

/**
 * Looks for what belongs to no app, and keeps what it found. It deletes nothing: what has a name of ours may still be
 * somebody's. An app may go while it is looked for, so only what is found twice is an orphan.
 */
export async function findOrphans(deps: WorkerDeps): Promise<void> {
  const found = await Promise.all(deps.finders.map((finder) => orphansOf(deps, finder)));
  const report: OrphanReport = {
    checked_at: deps.now(),
    orphans: found.flatMap(({ orphans }) => orphans),
    unchecked: found.flatMap(({ unchecked }) => (unchecked === null ? [] : [unchecked])),
  };
  for (const orphan of report.orphans) deps.logger.warn("It belongs to no app", { ...orphan });
  await deps.orphanReports.put(report);
}

interface Found {
  readonly orphans: readonly Orphan[];
  readonly unchecked: OrphanReport["unchecked"][number] | null;
}

async function orphansOf(deps: WorkerDeps, finder: Finder): Promise<Found> {
  try {
    const first = await ownerless(deps, finder);
    const again = first.length === 0 ? [] : await ownerless(deps, finder);
    const names = new Set(first.map(({ name }) => name));
    const twice = again.filter(({ name }) => names.has(name));
    return { orphans: twice.map(({ name, app_id }) => ({ kind: finder.kind, name, app_id })), unchecked: null };
  } catch (error) {
    // The others are looked for all the same; the report says that this one was not.
    deps.logger.error("What was made at run time could not be listed", { kind: finder.kind, error });
    const reason = error instanceof Error ? error.message : String(error);
    return { orphans: [], unchecked: { kind: finder.kind, reason } };
  }
}

/** Apps are read after the listing: what has just been made has a row by then. */
async function ownerless(deps: WorkerDeps, finder: Finder): Promise<readonly Made[]> {
  const made = await finder.find();
  const settled = plusSeconds(deps.now(), -settledSeconds);
  const old = made.filter(({ made_at }) => made_at === null || made_at < settled);
  const ids = new Set(old.flatMap(({ app_id }) => app_id ?? []));
  const gone = new Set<number>();
  for (const id of ids) if ((await deps.apps.get(id)) === null && !(await isKept(deps, finder, id))) gone.add(id);
  return old.filter(({ app_id }) => app_id === null || gone.has(app_id));
}

const isKept = async (deps: WorkerDeps, { holdsImages = false }: Finder, appId: number): Promise<boolean> =>
  holdsImages && (await neededElsewhere(deps, appId)).length > 0;
