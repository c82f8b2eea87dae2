import { setTimeout as pause } from "node:timers/promises";
import type { Shown } from "../judge/ends.ts";
import { allDeployments, walk } from "../judge/records.ts";
import { pooled } from "../pooled.ts";
import { atOnce, type Load, terminal } from "./size.ts";

/** When nothing has ended for so long, it stands still. */
const standstillMs = 240_000;

/** Walks the list of all again and again: what was there before a walk must be met by it, and nothing twice. */
export function keepWalking({ caller, history, report: { complain } }: Load) {
  let open = true;
  let walks = 0;
  const all = async (): Promise<void> => {
    for (; open; walks++) {
      // What is younger than the index is late may be missing, as on AWS.
      const known = [...history.deployments.keys()];
      await pause(2_000);
      const met = new Set((await allDeployments(caller, complain, 23)).map(({ id }) => id));
      for (const id of known) if (!met.has(id)) complain("a walk over a list missed a row", String(id));
    }
  };
  const done = all();
  return {
    stop: async () => {
      open = false;
      await done;
      return walks;
    },
  };
}

/** Waits until all have ended, as long as something ends. */
export async function allEnd({ caller, report, say }: Load): Promise<void> {
  let [before, since] = [-1, performance.now()];
  for (;;) {
    const open = (await allDeployments(caller, report.complain, 100)).filter(({ stage }) => !terminal.includes(stage));
    if (open.length === 0) return;
    if (open.length !== before) [before, since] = [open.length, performance.now()];
    say(`${open.length} go on`);
    if (performance.now() - since > standstillMs)
      return report.complain("nothing moves any more", `${open.length} are open: ${JSON.stringify(open[0])}`);
    await pause(3_000);
  }
}

/** Each list page by page: of all, of each app, of each stage. */
export async function judgeAllLists(
  { caller, history, report: { complain } }: Load,
  listed: readonly Shown[],
): Promise<void> {
  const expectSame = (what: string, rows: readonly Shown[], ids: readonly number[]) => {
    const actual = rows.map(({ id }) => id);
    const wanted = ids.toSorted((one, other) => other - one);
    if (JSON.stringify(actual) !== JSON.stringify(wanted))
      complain("a list is not exact", `${what}: ${actual.length} rows, ${wanted.length} are expected`);
  };
  expectSame("all", listed, [...history.deployments.keys()]);
  for (const stage of terminal) {
    const rows = await walk<Shown>(caller, `/api/deployments?limit=41&stage=${stage}`, ({ id }) => id, complain);
    expectSame(
      stage,
      rows,
      listed.filter((row) => row.stage === stage).map(({ id }) => id),
    );
  }
  await pooled(history.apps, atOnce, async ({ id: app, name, settings: { kind } }) => {
    const rows = await walk<Shown>(caller, `/api/deployments?limit=2&appId=${app}`, ({ id }) => id, complain);
    expectSame(
      name,
      rows,
      history.of(app).map(({ id }) => id),
    );
    const last = rows[0];
    const end = kind === "broken" ? "failed" : "success";
    if (last !== undefined && last.stage !== end)
      complain("the latest of an app ended otherwise", JSON.stringify(last));
    for (const row of rows.slice(1))
      if (![end, "superseded"].includes(row.stage)) complain("one ended otherwise", JSON.stringify(row));
  });
  const apps = (await caller.ask("GET", "/api/apps")).body.data;
  if (apps.length !== history.apps.length)
    complain("a list is not exact", `apps: ${apps.length} of ${history.apps.length}`);
}

/** Restarts it, and expects the same lists. */
export async function restartUnderLoad({ caller, installation, report }: Load): Promise<void> {
  const before = await allDeployments(caller, report.complain, 100);
  await installation.restart();
  const after = await allDeployments(caller, report.complain, 100);
  const ends = (rows: readonly Shown[]) =>
    JSON.stringify(rows.map(({ id, stage, finished_at }) => [id, stage, finished_at]));
  if (ends(before) !== ends(after))
    report.complain("a restart changed what is listed", `${before.length}, ${after.length}`);
  report.figure("first start, restart", installation.starts.map((ms) => `${(ms / 1000).toFixed(1)} s`).join(", "));
}
