import { type Deployment, formatDuration, isTerminal, stageFacts, type TimelineEntry } from "@slipway/monitor/client";
import { secondsSince, useNow } from "../ui/time.tsx";

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

/** Where the time went: a bar for each stage, where it began and as long as it took, in proportion. */
export function DeploymentTimeline({ timeline }: Pick<Deployment, "timeline">) {
  const now = useNow(1_000);
  const begun = timeline[0]?.entered_at ?? "";
  const entries = timeline.map((entry) => ({ ...entry, lasted: lasted(entry, now) }));
  const total = Math.max(1, ...entries.map(({ entered_at, lasted }) => offset(begun, entered_at) + lasted));
  return (
    <ol aria-label="Timeline" className="grid gap-3">
      {entries.map((entry) => (
        <li key={`${entry.stage} ${entry.entered_at}`}>
          <div className="flex items-baseline justify-between gap-3">
            <span className="font-medium">{stageFacts[entry.stage].label}</span>
            <span className="text-muted tabular-nums">
              {isTerminal(entry.stage) ? <At time={entry.entered_at} /> : formatDuration(entry.lasted)}
            </span>
          </div>
          {!isTerminal(entry.stage) && (
            <Bar from={offset(begun, entry.entered_at) / total} part={entry.lasted / total} />
          )}
        </li>
      ))}
    </ol>
  );
}

function At({ time }: { time: string }) {
  return <time dateTime={time}>{clock.format(new Date(time))}</time>;
}

/** `from` and `part`: of the whole, from 0 to 1. */
function Bar({ from, part }: { from: number; part: number }) {
  return (
    <div className="mt-1 h-1.5 rounded-full bg-raised" aria-hidden>
      <div
        className="h-full min-w-1 rounded-full bg-accent"
        style={{ marginLeft: `${Math.min(from, 0.985) * 100}%`, width: `${part * 100}%` }}
      />
    </div>
  );
}

/** The stage that it is in goes on; a terminal one takes no time. */
function lasted({ stage, seconds, entered_at }: TimelineEntry, now: number): number {
  if (isTerminal(stage)) return 0;
  return seconds ?? secondsSince(entered_at, now);
}

const offset = (begun: string, entered: string): number => (Date.parse(entered) - Date.parse(begun)) / 1000;
