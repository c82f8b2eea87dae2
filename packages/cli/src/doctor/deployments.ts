import { type App, type Client, type Deployment, formatDuration, openStages } from "@slipway/monitor/client";
import { type Finding, well, wrong } from "./finding.ts";

/** The server ends what is past its deadline within so long, even if a message was lost and clocks differ a little. */
const noticedWithinSeconds = 180;
/** Nothing that works leaves a deployment waiting for longer, where nothing is before it. */
const takenWithinSeconds = 60;
/** A build may be silent while it compiles; so long a silence is worth a word. */
const silentAfterSeconds = 300;

/** What is under way: where it is, for how long, and what it waits for. */
export async function checkDeployments(client: Client, apps: readonly App[], now: number): Promise<readonly Finding[]> {
  const pages = await Promise.all(openStages.map((stage) => client.listDeployments({ stage, limit: 20 })));
  const found = pages.flatMap(({ items }) => items);
  if (found.length === 0) return [well("deployments", "none in progress")];
  return Promise.all(
    found.map(async (deployment) => {
      const app = apps.find(({ id }) => id === deployment.app_id);
      const silence = deployment.stage === "building" ? await silenceOf(client, deployment, now) : null;
      return judge({ deployment, app, others: found, now, silence });
    }),
  );
}

interface Case {
  readonly deployment: Deployment;
  readonly app: App | undefined;
  /** All that are open. */
  readonly others: readonly Deployment[];
  readonly now: number;
  /** Seconds since the last line of its log; `null`: not known. */
  readonly silence: number | null;
}

/** How it is with a deployment that has not ended. */
export function judge({ deployment, app, others, now, silence }: Case): Finding {
  const { id, stage, timeline, created_at, deadline_at } = deployment;
  const check = `deployment ${id}${app === undefined ? "" : ` of ${app.name}`}`;
  const since = timeline.findLast((entry) => entry.stage === stage)?.entered_at ?? created_at;
  const seconds = Math.max(0, Math.floor((now - Date.parse(since)) / 1000));
  const left = deadline_at === null ? null : Math.floor((Date.parse(deadline_at) - now) / 1000);
  const lasting = `${stage} for ${formatDuration(seconds)}`;
  if (left !== null && left < -noticedWithinSeconds)
    return wrong(check, `${lasting}, ${formatDuration(-left)} past its deadline`, lateAdvice);
  const stands = left === null ? lasting : `${lasting}, deadline in ${formatDuration(left)}`;
  if (deployment.cancel_requested_at !== null) return well(check, `${stands}; it is being cancelled`);
  if (stage === "awaiting_approval") return well(check, stands, `Run slipway approve ${id} or slipway reject ${id}.`);
  if (stage === "pending") return pending(deployment, others, seconds, check, stands);
  if (silence !== null && silence > silentAfterSeconds)
    return well(
      check,
      `${stands}; its log has been silent for ${formatDuration(silence)}`,
      `See its last line with slipway logs ${id}, or cancel it with slipway cancel ${id}.`,
    );
  return well(check, stands);
}

const lateAdvice =
  "The worker should have ended it. Check that npm start is running, or the alarms in docs/runbook.md.";

function pending(
  { id, app_id }: Deployment,
  others: readonly Deployment[],
  seconds: number,
  check: string,
  stands: string,
): Finding {
  const running = others.find((other) => other.app_id === app_id && other.id !== id && other.stage !== "pending");
  if (running !== undefined)
    return well(
      check,
      `${stands}; waiting for deployment ${running.id}, which is ${running.stage}`,
      `It starts when that one ends. Watch it with slipway watch ${running.id}.`,
    );
  if (seconds <= takenWithinSeconds) return well(check, stands);
  return wrong(
    check,
    `${stands}, with no other deployment of its app in progress`,
    "The account's limit of concurrent builds is reached, or the worker is not running. Check slipway logs and docs/runbook.md.",
  );
}

const longestLog = 40;

async function silenceOf(client: Client, { id }: Deployment, now: number): Promise<number | null> {
  let last: string | null = null;
  for (let pages = 0, next = 0; pages < longestLog; pages++) {
    const page = await client.readLog(id, { after: next, limit: 5000 });
    last = page.lines.at(-1)?.timestamp ?? last;
    if (page.lines.length === 0 || page.complete) break;
    next = page.next;
  }
  return last === null ? null : Math.max(0, Math.floor((now - Date.parse(last)) / 1000));
}

/** Notification endpoints that do not work. */
export function checkNotices(apps: readonly App[]): readonly Finding[] {
  return apps.flatMap((app) =>
    app.notifications.flatMap(({ type, host, failing_since, last_error }) =>
      failing_since === null
        ? []
        : [
            wrong(
              `notifications of ${app.name}`,
              `${type} at ${host} has failed since ${failing_since.slice(0, 16).replace("T", " ")}: ${last_error ?? "unknown reason"}`,
              "Correct the endpoint in the app's settings, then send a test.",
            ),
          ],
    ),
  );
}
