import { formatDuration, formatPercent, type Metrics } from "@slipway/monitor/client";
import { dayOf } from "./day.ts";

type Point = Metrics["points"][number];

const columns: readonly { readonly name: string; readonly cell: (point: Point) => string | number }[] = [
  { name: "Succeeded", cell: ({ succeeded }) => succeeded },
  { name: "Failed", cell: ({ failed }) => failed },
  { name: "Success rate", cell: ({ success_rate }) => (success_rate === null ? "–" : formatPercent(success_rate)) },
  { name: "Duration, median", cell: ({ duration: { p50 } }) => (p50 === null ? "–" : formatDuration(p50)) },
  { name: "Duration, 95th percentile", cell: ({ duration: { p95 } }) => (p95 === null ? "–" : formatDuration(p95)) },
  { name: "Changes", cell: ({ changes }) => changes },
  { name: "Change failures", cell: ({ change_failures }) => change_failures },
];

/** What the charts show, to be read. */
export function DayTable({ metrics }: { metrics: Metrics }) {
  return (
    <details className="rounded-box border">
      <summary className="px-4 py-3 font-medium">Daily figures</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard. */}
      <section aria-label="Daily figures" tabIndex={0} className="overflow-x-auto border-t">
        <table className="w-full text-right whitespace-nowrap">
          <thead className="text-muted">
            <tr>
              <th scope="col" className="px-4 py-2 text-left font-normal">
                Day (UTC)
              </th>
              {columns.map(({ name }) => (
                <th key={name} scope="col" className="px-4 py-2 font-normal">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="divide-y border-t">
            {metrics.points.toReversed().map((point) => (
              <tr key={point.date}>
                <th scope="row" className="px-4 py-1.5 text-left font-normal">
                  {dayOf(point.date)}
                </th>
                {columns.map(({ name, cell }) => (
                  <td key={name} className="px-4 py-1.5">
                    {cell(point)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
