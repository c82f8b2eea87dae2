import { formatDuration, type Metrics } from "@slipway/monitor/client";
import { useId } from "react";
import { Bar, BarChart, CartesianGrid, Line, LineChart, Tooltip, XAxis, YAxis } from "recharts";
import { axis, ChartPanel, type ChartSeries, ChartTooltip } from "../ui/chart.tsx";
import { dayOf } from "./day.ts";
import { durationTicks } from "./duration-ticks.ts";

type Point = Metrics["points"][number];

type Series = ChartSeries<Point>;

const count = (value: number): string => String(value);
const ended = {
  succeeded: { name: "Succeeded", look: "text-success", value: ({ succeeded }: Point) => succeeded, words: count },
  failed: { name: "Failed", look: "text-danger", value: ({ failed }: Point) => failed, words: count },
} satisfies Record<string, Series>;
const durations = {
  half: {
    name: "Median",
    look: "text-accent",
    value: ({ duration }: Point) => duration.p50,
    words: formatDuration,
  },
  most: {
    name: "95th percentile",
    look: "text-warning",
    value: ({ duration }: Point) => duration.p95,
    words: formatDuration,
  },
} satisfies Record<string, Series>;

/** The days of the period as pictures. The table below them says the same in figures. */
export default function Charts({ points }: { points: Metrics["points"] }) {
  return (
    <>
      <DeploymentsChart points={points} />
      <DurationChart points={points} />
    </>
  );
}

const size = { width: "100%", height: "13rem" };
const days = { dataKey: "date", tickFormatter: dayOf, minTickGap: 24 };
const titleOf = ({ date }: Point): string => dayOf(date);
const grid = <CartesianGrid vertical={false} className="text-line" stroke="currentColor" />;

function DeploymentsChart({ points }: { points: Metrics["points"] }) {
  const hatch = useId();
  return (
    <ChartPanel title="Deployments per day" series={Object.values(ended)} className="lg:col-span-2">
      <BarChart responsive style={size} data={[...points]} accessibilityLayer={false}>
        <defs>
          {/* Distinguishable without colours too. */}
          <pattern id={hatch} className="text-danger" width="6" height="6" patternUnits="userSpaceOnUse">
            <rect width="6" height="6" fill="currentColor" fillOpacity="0.35" />
            <path d="M0 6 6 0" stroke="currentColor" strokeWidth="2" />
          </pattern>
        </defs>
        {grid}
        <XAxis {...axis} {...days} />
        <YAxis {...axis} width={36} allowDecimals={false} />
        <Tooltip
          content={<ChartTooltip series={Object.values(ended)} titleOf={titleOf} />}
          cursor={{ className: "fill-raised" }}
        />
        <Bar
          dataKey={ended.succeeded.value}
          className={ended.succeeded.look}
          fill="currentColor"
          stackId="ended"
          maxBarSize={28}
          isAnimationActive={false}
        />
        <Bar
          dataKey={ended.failed.value}
          className={ended.failed.look}
          fill={`url(#${hatch})`}
          stackId="ended"
          maxBarSize={28}
          isAnimationActive={false}
        />
      </BarChart>
    </ChartPanel>
  );
}

function DurationChart({ points }: { points: Metrics["points"] }) {
  const line = { stroke: "currentColor", strokeWidth: 2, connectNulls: true, isAnimationActive: false } as const;
  const dotOf = ({ look }: Series) => ({ className: look, r: 2.5, fill: "currentColor", strokeDasharray: "" });
  const ticks = durationTicks(Math.max(0, ...points.map((point) => durations.most.value(point) ?? 0)));
  return (
    <ChartPanel title="Duration of successful changes per day" series={Object.values(durations)}>
      <LineChart responsive style={size} data={[...points]} accessibilityLayer={false}>
        {grid}
        <XAxis {...axis} {...days} />
        <YAxis {...axis} width={64} ticks={ticks} domain={[0, ticks.at(-1) ?? 1]} tickFormatter={formatDuration} />
        <Tooltip
          content={<ChartTooltip series={Object.values(durations)} titleOf={titleOf} />}
          cursor={{ className: "stroke-line" }}
        />
        <Line {...line} dataKey={durations.half.value} className={durations.half.look} dot={dotOf(durations.half)} />
        <Line
          {...line}
          dataKey={durations.most.value}
          className={durations.most.look}
          strokeDasharray="5 4"
          dot={dotOf(durations.most)}
        />
      </LineChart>
    </ChartPanel>
  );
}
