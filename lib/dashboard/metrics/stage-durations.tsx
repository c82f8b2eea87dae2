import { formatDuration, type Metrics, openStages, type Spread, stageFacts } from "@slipway/monitor/client";

/** Where the time goes: the stages that somebody was in, with what they took. */
export function StageDurations({ metrics }: { metrics: Metrics }) {
  const { by_stage } = metrics.duration;
  const entered = openStages.filter((stage) => by_stage[stage].p50 !== null);
  const longest = Math.max(1, ...entered.map((stage) => by_stage[stage].p50 ?? 0));
  if (entered.length === 0) return null;
  return (
    <section aria-labelledby="stages" className="grid content-start gap-3 rounded-box border p-4">
      <h2 id="stages" className="font-semibold">
        Time in each stage
      </h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section tabIndex={0} aria-label="Time in each stage, as a table" className="relative overflow-x-auto">
        <table className="w-full text-left">
          <thead className="text-muted">
            <tr>
              <th scope="col" className="py-1 pr-4 font-normal">
                Stage
              </th>
              <th scope="col" className="w-full py-1 pr-4 font-normal">
                Median
              </th>
              <th scope="col" className="py-1 font-normal whitespace-nowrap">
                95th percentile
              </th>
            </tr>
          </thead>
          <tbody className="divide-y border-t">
            {entered.map((stage) => (
              <StageRow key={stage} name={stageFacts[stage].label} spread={by_stage[stage]} longest={longest} />
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function StageRow({ name, spread: { p50, p95 }, longest }: { name: string; spread: Spread; longest: number }) {
  return (
    <tr>
      <th scope="row" className="py-2 pr-4 font-normal whitespace-nowrap">
        {name}
      </th>
      <td className="py-2 pr-4">
        <span className="block">{formatted(p50)}</span>
        <span
          aria-hidden
          className="mt-1 block h-1.5 min-w-0.5 rounded-full bg-accent"
          style={{ width: `${(100 * (p50 ?? 0)) / longest}%` }}
        />
      </td>
      <td className="py-2 whitespace-nowrap">{formatted(p95)}</td>
    </tr>
  );
}

const formatted = (seconds: number | null): string => (seconds === null ? "–" : formatDuration(seconds));
