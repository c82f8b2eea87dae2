import type { Caller } from "../caller.ts";
import type { History, KnownApp } from "../history.ts";
import type { Complain } from "../report.ts";
import { pageIn } from "../source.ts";
import type { Shown } from "./ends.ts";

const asks = 10;

/** Each app serves what succeeded last, and nothing else. */
export async function judgeServing(
  caller: Caller,
  history: History,
  listed: readonly Shown[],
  complain: Complain,
): Promise<void> {
  for (const app of history.apps.filter(({ deleted }) => !deleted)) {
    const successes = listed
      .filter(({ app_id, stage }) => app_id === app.id && stage === "success")
      .toSorted((one, other) => (one.finished_at ?? "").localeCompare(other.finished_at ?? ""));
    for (const [index, { id }] of successes.entries()) {
      const before = successes[index - 1]?.id ?? 0;
      if (id < before)
        complain("an older deployment went live after a newer one", `${app.name}: ${id} after ${before}`);
    }
    await judgeApp(caller, app, successes.at(-1), complain);
  }
}

async function judgeApp(caller: Caller, app: KnownApp, last: Shown | undefined, complain: Complain): Promise<void> {
  const shown = (await caller.ask("GET", `/api/apps/${app.id}`)).body.data;
  if (shown.live_deployment_id !== (last?.id ?? null))
    complain(
      "another deployment is live than succeeded last",
      `${app.name}: ${shown.live_deployment_id}, not ${last?.id}`,
    );
  if (last === undefined) return;
  for (let n = 0; n < asks; n++) {
    const text = await pageOf(shown.direct_url);
    if (typeof text !== "string") return complain("an app does not serve", `${app.name}: ${text.cause}`);
    const page = pageIn(text);
    if (page?.deployment !== last.id || page.commit !== last.commit_hash)
      return complain("the wrong version serves", `${app.name}: ${text}, not ${last.id} with ${last.commit_hash}`);
  }
}

async function pageOf(url: string): Promise<string | { readonly cause: string }> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    const text = await answer.text();
    return answer.ok ? text : { cause: `${url} answered ${answer.status} ${text.slice(0, 200)}` };
  } catch (error) {
    return { cause: `${url}: ${error}` };
  }
}
