import {
  type AppUsage,
  combinedRow,
  formatPercent,
  markerWords,
  type UsageRow,
  usageRows,
} from "@slipway/monitor/client";
import type { Command } from "../command/command.ts";
import type { Context } from "../command/context.ts";
import { numberOf } from "../command/settings.ts";
import { type Column, table } from "../output/table.ts";
import { findApp } from "../repository/find.ts";

/** About so many lines are shown. */
const mostRows = 24;

export const usage: Command = {
  name: "usage",
  summary: "Show requests, errors, latency, CPU, memory and restarts of a running app",
  description: `Each line has the sum of its requests, errors and restarts, and the highest of everything else.
"–": nothing was measured, for example because there was no traffic.`,
  arguments: [
    { name: "app", summary: "App name or number (default: this repository's app)", required: false, completes: "app" },
  ],
  options: [{ name: "hours", value: "n", summary: "Number of hours, up to 720 (default: 3)" }],
  examples: ["usage shop", "usage shop --hours 24"],
  run: async (context, given) => {
    const app = await findApp(context, given.argument("app"));
    const read = await context.client.showAppUsage(app.id, numberOf("hours", given.text("hours") ?? "3"));
    if (context.json) return context.printJson(read);
    const lines = combined(usageRows(read));
    const [first, ...others] = Object.keys(lines[0]?.processes ?? {});
    const time = timeOf(read);
    const requests = columnsOf(context);
    context.print(table([time, ...requests, ...processColumns(first)], lines, context.format));
    for (const process of others)
      context.print(`\n${process}\n${table([time, ...processColumns(process)], lines, context.format)}`);
    for (const marker of read.markers) context.print(`${marker.at}  ${markerWords(marker)}\n`);
    return undefined;
  },
};

/** Rows in groups of the same length. */
function combined(rows: readonly UsageRow[]): readonly UsageRow[] {
  const size = Math.max(1, Math.ceil(rows.length / mostRows));
  const groups = Array.from({ length: Math.ceil(rows.length / size) }, (_, at) =>
    rows.slice(at * size, (at + 1) * size),
  );
  return groups.flatMap((group) => combinedRow(group) ?? []);
}

type Shown = Column<UsageRow>;

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 1, useGrouping: false });
const of = (value: number | null | undefined, words: (value: number) => string = number.format): string =>
  value === null || value === undefined ? "–" : words(value);

const timeOf = ({ period_seconds }: AppUsage): Shown => ({
  title: "TIME (UTC)",
  cell: ({ at }) =>
    new Date(at)
      .toISOString()
      .slice(period_seconds < 3600 ? 11 : 5, 16)
      .replace("T", " "),
});

const right = { align: "right" } as const;

/** What the load balancer measures. */
function columnsOf({ color }: Context): readonly Shown[] {
  return [
    { title: "RELEASE", cell: ({ release }) => of(release, (id) => `#${id}`), optional: true },
    { title: "REQUESTS", cell: ({ requests }) => of(requests), ...right },
    {
      title: "5XX",
      cell: ({ errors_5xx }) => of(errors_5xx),
      style: (text, { errors_5xx }) => (errors_5xx === null || errors_5xx === 0 ? text : color("red", text)),
      ...right,
    },
    { title: "4XX", cell: ({ errors_4xx }) => of(errors_4xx), optional: true, ...right },
    { title: "P50 MS", cell: ({ latency_p50 }) => of(latency_p50), optional: true, ...right },
    { title: "P95 MS", cell: ({ latency_p95 }) => of(latency_p95), ...right },
    { title: "P99 MS", cell: ({ latency_p99 }) => of(latency_p99), optional: true, ...right },
  ];
}

const percent = (value: number): string => formatPercent(value / 100);

/** What is measured of the tasks of one process; of none: nothing. */
function processColumns(process: string | undefined): readonly Shown[] {
  if (process === undefined) return [];
  return [
    { title: "CPU", cell: ({ processes }) => of(processes[process]?.cpu, percent), ...right },
    { title: "MEMORY", cell: ({ processes }) => of(processes[process]?.memory, percent), ...right },
    { title: "TASKS", cell: ({ processes }) => of(processes[process]?.tasks), ...right },
    { title: "RESTARTS", cell: ({ processes }) => of(processes[process]?.restarts), ...right },
  ];
}
