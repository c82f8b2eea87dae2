import type { Caller } from "../caller.ts";
import type { Seen, SeenLine } from "../follow.ts";
import type { History } from "../history.ts";
import type { Installation } from "../installation.ts";
import type { SoakReport } from "../report.ts";
import { type Shown, unexplained } from "./ends.ts";
import { wrongLog, wrongView } from "./logs.ts";
import { allDeployments, isFound, judgeAudit, judgeInvented, judgeLists, judgeMetrics } from "./records.ts";
import { judgeServing } from "./serving.ts";

export interface CampaignCase {
  readonly caller: Caller;
  readonly history: History;
  readonly installation: Installation;
  readonly seen: readonly Seen[];
  readonly report: SoakReport;
}

/** Recounts everything over the API, while the installation runs and nothing is asked of it any more. */
export async function judgeCampaign(given: CampaignCase): Promise<void> {
  const { caller, history, report } = given;
  const { complain } = report;
  const listed = await allDeployments(caller, complain);
  judgeLists(history, listed, complain);
  judgeInvented(history, listed, complain);
  judgeEnds(given, listed);
  await judgeServing(caller, history, listed, complain);
  await judgeLogs(given, listed);
  await judgeMetrics(caller, history, listed, complain);
  await judgeAudit(caller, history, complain);
  const stages = Map.groupBy(listed, ({ stage }) => stage);
  report.figure("deployments", listed.length);
  report.figure("ends", [...stages].map(([stage, rows]) => `${rows.length} ${stage}`).join(", "));
  report.figure("of these found by polling", listed.filter(isFound).length);
}

function judgeEnds({ history, installation, report: { complain } }: CampaignCase, listed: readonly Shown[]): void {
  for (const shown of listed) {
    const asked = history.deployments.get(shown.id);
    const app = history.apps.find(({ id }) => id === shown.app_id);
    if (asked === undefined || app === undefined) continue;
    const began = Date.parse(shown.created_at);
    const ended = shown.finished_at === null ? Number.POSITIVE_INFINITY : Date.parse(shown.finished_at);
    const during = installation.outages
      .filter(({ from, to }) => instant(from) <= ended && instant(to) >= began)
      .map(({ why }) => why);
    const before = listed.filter(
      (one) =>
        one.app_id === shown.app_id && one.stage === "success" && (one.finished_at ?? "") < (shown.finished_at ?? ""),
    );
    const others = history.of(shown.app_id).filter(({ id }) => id !== shown.id);
    const why = unexplained({ asked, shown, others, app, during, hadRelease: before.length > 0 });
    if (why !== null)
      complain("an end is not explained by what was asked for", `${shown.id}: ${why}; ${JSON.stringify(shown)}`);
  }
}

/** From the monotonic clock of this process to the one on the wall. */
const instant = (monotonic: number): number => performance.timeOrigin + monotonic;

async function judgeLogs({ caller, history, seen, report }: CampaignCase, listed: readonly Shown[]): Promise<void> {
  let lines = 0;
  const viewers = Map.groupBy(seen, ({ id }) => id);
  for (const shown of listed) {
    const asked = history.deployments.get(shown.id);
    if (asked === undefined) continue;
    const stored = await storedLog(caller, shown.id);
    lines += stored.length;
    for (const wrong of wrongLog(asked, shown, stored))
      report.complain("a stored log lost or doubled lines", `${shown.id}: ${wrong}`);
    const isDeleted = history.apps.some(({ id, deleted }) => deleted && id === shown.app_id);
    for (const viewer of viewers.get(shown.id) ?? [])
      for (const wrong of wrongView(isDeleted ? withoutRefusals(viewer) : viewer, stored))
        report.complain("a viewer lost or doubled lines", `${viewer.how} of ${shown.id}: ${wrong}`);
  }
  report.figure("lines stored", lines);
  report.figure("viewers", `${seen.length} over ${seen.reduce((sum, one) => sum + one.connections, 0)} connections`);
  report.figure(
    "repeated lines with the same cursor",
    seen.reduce((sum, one) => sum + one.repeats, 0),
  );
}

/** Sockets of a deleted app are closed, and no other is opened: whoever was refused one sees no end. */
function withoutRefusals(seen: Seen): Seen {
  const wrong = seen.wrong.filter((one) => !one.includes("HTTP 404"));
  return { ...seen, wrong, finished: seen.finished || wrong.length < seen.wrong.length };
}

export async function storedLog(caller: Caller, id: number): Promise<SeenLine[]> {
  const lines: SeenLine[] = [];
  for (let after = 0; ; ) {
    const { body } = await caller.ask("GET", `/api/deployments/${id}/logs?after=${after}&limit=1000`);
    lines.push(...body.data);
    if (body.data.length === 0) return lines;
    after = body.next_cursor;
  }
}
