import type { App } from "@slipway/monitor/client";
import { nextTime, periodOf, readSchedule } from "@slipway/text/schedule";

/** The crons of an app, each with its next time; nothing where there are none. */
export function AppCrons({ app }: { app: App }) {
  if (app.crons.length === 0) return null;
  const isPending = app.live_deployment_id === null || app.pending_changes.includes("crons");
  return (
    <section aria-labelledby="crons" className="grid gap-2">
      <h3 id="crons" className="font-medium">
        Crons
      </h3>
      {isPending && <p className="text-muted">Some of this takes effect with the next release.</p>}
      <ul className="divide-y rounded-box border">
        {app.crons.map((cron) => (
          <li key={cron.name} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 px-4 py-2">
            <p className="flex min-w-0 flex-wrap items-center gap-x-3">
              <span className="font-medium">{cron.name}</span>
              <code className="font-mono text-[0.8125rem] wrap-anywhere">{cron.command.join(" ")}</code>
            </p>
            <p className="text-muted">
              {cron.schedule} {cron.timezone}
              <Next cron={cron} />
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Of a rate the next time depends on when its release was live. */
function Next({ cron: { schedule, timezone } }: { cron: App["crons"][number] }) {
  const read = readSchedule(schedule);
  if ("objection" in read || periodOf(read.expression) !== null) return null;
  const next = nextTime(read.expression, timezone, Date.now());
  if (next === null) return null;
  const at = new Date(next);
  return (
    <>
      , next <time dateTime={at.toISOString()}>{absolute.format(at)}</time>
    </>
  );
}

const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
