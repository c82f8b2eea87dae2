import type { App } from "../app.ts";
import { type AppDomains, type Domain, judged, nextPoll, servedDomains, withWanted } from "../domains/domains.ts";
import { conflict, retryOnConflict } from "../retry-on-conflict.ts";
import { secondsBetween } from "../time.ts";
import type { WorkerDeps } from "./deps.ts";
import type { LostPolls } from "./lost-polls.ts";

/** SQS cannot delay longer. */
const longestDelaySeconds = 900;

/** `due`: the poll that was waited for; an outdated one does nothing. `null`: something changed. */
export async function workOnDomains(deps: WorkerDeps, appId: number, due: string | null): Promise<void> {
  const row = await deps.domains.get(appId);
  if (due !== null && row.next_poll_at !== due) return deps.logger.info("An outdated poll", { app_id: appId, due });
  await advance(deps, appId);
}

/** Goes on with removing everything that was made for the domains of a deleted app. `true` when nothing is left. */
export async function removeDomains(deps: WorkerDeps, appId: number): Promise<boolean> {
  const row = await deps.domains.get(appId);
  if (row.domains.length > 0 && (await advance(deps, appId)).domains.length > 0) return false;
  await deps.domains.remove(appId);
  return true;
}

/** Sends polls again that were lost, and has looked after what changed when nobody noted it. */
export async function sweepDomains(deps: WorkerDeps, apps: readonly App[], lost: LostPolls): Promise<void> {
  const rows = new Map((await deps.domains.list()).map((row) => [row.app_id, row]));
  const late = [...rows.values()].flatMap(({ app_id, next_poll_at: due }) =>
    due !== null && due < lost.since ? [{ app_id, due }] : [],
  );
  const oldestFirst = late.toSorted((one, other) => (one.due < other.due ? -1 : 1));
  for (const { app_id, due } of await lost.missing(oldestFirst))
    await deps.queue.send({ type: "domains", app_id, due });
  for (const app of apps) {
    const known = rows.get(app.id)?.domains.flatMap(({ name, removed }) => (removed ? [] : [name])) ?? [];
    const isKnown = known.toSorted().join() === app.settings.domains.toSorted().join();
    if (app.deleted_at === null && !isKnown) await deps.queue.send({ type: "domains", app_id: app.id, due: null });
  }
}

/** One step for each domain; whoever is overtaken by somebody else takes it again, from what they wrote. */
const advance = (deps: WorkerDeps, appId: number): Promise<AppDomains> =>
  retryOnConflict(deps, `the domains of app ${appId}`, async () => {
    const row = await deps.domains.get(appId);
    const app = await deps.apps.get(appId);
    return advanceOnce(deps, row, app === null || app.deleted_at !== null ? [] : app.settings.domains);
  });

type Written = AppDomains | typeof conflict;

/**
 * What is to be requested is written before it is, so that whoever removes it later finds it; a
 * request that is repeated with the same token is the same certificate.
 */
async function advanceOnce(deps: WorkerDeps, row: AppDomains, wanted: readonly string[]): Promise<Written> {
  const planned = withWanted(row, wanted, deps.now());
  const noted = isSame(planned, row) ? row : await write(deps, row, planned);
  if (noted === conflict) return conflict;
  const kept = noted.domains.filter(({ removed }) => !removed);
  const target = (await deps.domainFront.target(row.app_id)) ?? noted.target;
  const stepped = await Promise.all(kept.map((domain) => step(deps, row.app_id, domain)));
  // First nobody is led to what goes.
  const served = servedDomains({ ...noted, domains: stepped });
  if (noted.domains.length > 0) await deps.domainFront.serve(row.app_id, served);
  const left: Domain[] = [];
  for (const domain of noted.domains.filter(({ removed }) => removed))
    if (!(await removeOne(deps, row.app_id, domain))) left.push(domain);
  const all = { ...noted, target, domains: [...stepped, ...left] };
  return write(deps, noted, withWanted(all, wanted, deps.now()));
}

const isSame = (one: AppDomains, other: AppDomains): boolean =>
  JSON.stringify([one.domains, one.target]) === JSON.stringify([other.domains, other.target]);

async function write(deps: WorkerDeps, before: AppDomains, wanted: AppDomains): Promise<Written> {
  const next_poll_at = nextPoll(wanted, deps.now());
  if (isSame(before, wanted) && next_poll_at === null && before.next_poll_at === null) return before;
  const next = { ...wanted, next_poll_at, version: before.version + 1 };
  if (!(await deps.domains.replace(next))) return conflict;
  if (next_poll_at !== null) {
    const seconds = Math.min(longestDelaySeconds, Math.max(0, secondsBetween(deps.now(), next_poll_at)));
    await deps.queue.send({ type: "domains", app_id: next.app_id, due: next_poll_at }, seconds);
  }
  return next;
}

const tokenOf = (deps: WorkerDeps, appId: number, { name, requested_at }: Domain): string =>
  deps.hash(`${appId}#${name}#${requested_at}`).slice(0, 32);

async function step(deps: WorkerDeps, appId: number, domain: Domain): Promise<Domain> {
  if (domain.state === "failed") return domain;
  const arn =
    domain.certificate_arn ?? (await deps.certificates.request(appId, domain.name, tokenOf(deps, appId, domain)));
  const known = { ...domain, certificate_arn: arn };
  // What is issued and served needs no look; ACM renews it.
  if (domain.state === "issued" && domain.reason === null) return known;
  const seen = judged(known, await deps.certificates.see(arn), deps.now());
  return seen.state === "issued" ? present(deps, appId, seen, arn) : seen;
}

async function present(deps: WorkerDeps, appId: number, domain: Domain, arn: string): Promise<Domain> {
  switch (await deps.domainFront.present(appId, arn)) {
    case "presented":
      return { ...domain, reason: null };
    case "waiting":
      return { ...domain, state: "pending_validation", reason: "The load balancer is being made." };
    case "full":
      return {
        ...domain,
        state: "failed",
        reason:
          "The app's load balancer has no room for another certificate. Remove a domain of another app on it, then try again.",
      };
  }
}

/** `true` when nothing of it is left. */
async function removeOne(deps: WorkerDeps, appId: number, domain: Domain): Promise<boolean> {
  // One that was to be requested may have been: asked for again it is the same, and is removed.
  const arn =
    domain.certificate_arn ?? (await deps.certificates.request(appId, domain.name, tokenOf(deps, appId, domain)));
  await deps.domainFront.withdraw(appId, arn);
  return deps.certificates.remove(arn);
}
