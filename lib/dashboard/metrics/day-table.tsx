import { formatDuration, formatPercent, type Metrics } from "@slipway/monitor/client";
import { FiguresTable } from "../ui/figures-table.tsx";
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
    <FiguresTable
      title="Daily figures"
      head="Day (UTC)"
      rows={metrics.points}
      keyOf={({ date }) => date}
      nameOf={({ date }) => dayOf(date)}
      columns={columns.map((column) => ({ key: column.name, ...column }))}
      className="overflow-x-auto"
    />
  );
}
