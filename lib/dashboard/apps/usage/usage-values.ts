import type { UsageRow } from "@slipway/monitor/client";
import type { ChartSeries } from "../../ui/chart.tsx";
import { countWords, percentWords } from "../../ui/number-words.ts";

const latencyWords = (ms: number): string => (ms < 1000 ? `${countWords(ms)} ms` : `${countWords(ms / 1000)} s`);

/** Without colours, the dashes of a line tell it from others. */
export interface Line extends ChartSeries<UsageRow> {
  readonly dash?: string;
}

/** A chart: what is compared on one axis. */
export interface Chart {
  readonly title: string;
  readonly lines: readonly Line[];
  /** Whether its values are whole numbers, and so its axis. */
  readonly isCounted: boolean;
}

const trafficChart: Chart = {
  title: "Requests",
  isCounted: true,
  lines: [{ name: "Requests", look: "text-accent", value: ({ requests }) => requests, words: countWords }],
};

const errorsChart: Chart = {
  title: "Errors",
  isCounted: true,
  lines: [
    { name: "5xx", look: "text-danger", value: ({ errors_5xx }) => errors_5xx, words: countWords },
    { name: "4xx", look: "text-warning", dash: "5 4", value: ({ errors_4xx }) => errors_4xx, words: countWords },
    {
      name: "Failed connections",
      look: "text-muted",
      dash: "2 3",
      value: ({ connection_errors }) => connection_errors,
      words: countWords,
    },
  ],
};

const latencyChart: Chart = {
  title: "Latency",
  isCounted: false,
  lines: [
    { name: "p50", look: "text-success", value: ({ latency_p50 }) => latency_p50, words: latencyWords },
    { name: "p95", look: "text-accent", dash: "5 4", value: ({ latency_p95 }) => latency_p95, words: latencyWords },
    { name: "p99", look: "text-warning", dash: "2 3", value: ({ latency_p99 }) => latency_p99, words: latencyWords },
    {
      name: "p95 of the other release",
      look: "text-danger",
      dash: "8 3 2 3",
      value: ({ other_latency_p95 }) => other_latency_p95,
      words: latencyWords,
    },
  ],
};

/** Those of each process. Its name is in the titles where there are several. */
function processCharts(process: string, isOnly: boolean): Chart[] {
  const of = isOnly ? "" : ` of ${process}`;
  return [
    {
      title: `CPU and memory${of}`,
      isCounted: false,
      lines: [
        {
          name: "CPU",
          look: "text-accent",
          value: ({ processes }) => processes[process]?.cpu ?? null,
          words: percentWords,
        },
        {
          name: "Memory",
          look: "text-success",
          dash: "5 4",
          value: ({ processes }) => processes[process]?.memory ?? null,
          words: percentWords,
        },
      ],
    },
    {
      title: `Tasks${of}`,
      isCounted: true,
      lines: [
        {
          name: "Running",
          look: "text-success",
          value: ({ processes }) => processes[process]?.tasks ?? null,
          words: countWords,
        },
        {
          name: "Restarts",
          look: "text-danger",
          dash: "2 3",
          value: ({ processes }) => processes[process]?.restarts ?? null,
          words: countWords,
        },
        ...(process === "web"
          ? [
              {
                name: "Unhealthy",
                look: "text-warning",
                dash: "5 4",
                value: ({ unhealthy_tasks }: UsageRow) => unhealthy_tasks,
                words: countWords,
              },
            ]
          : []),
      ],
    },
  ];
}

/** All charts of an app with these processes. */
export const chartsOf = (processes: readonly string[]): readonly Chart[] => [
  trafficChart,
  errorsChart,
  latencyChart,
  ...processes.flatMap((process) => processCharts(process, processes.length === 1)),
];
