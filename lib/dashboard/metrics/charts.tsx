import { formatDuration, type Metrics } from "@slipway/monitor/client";
import { type ReactNode, useId } from "react";
import { Bar, BarChart, CartesianGrid, Line, LineChart, Tooltip, XAxis, YAxis } from "recharts";
import { dayOf } from "./day.ts";
import { durationTicks } from "./duration-ticks.ts";

type Point = Metrics["points"][number];

/** A line or a bar of a chart. Its colour is the text colour of `look`. */
interface Series {
  readonly name: string;
  readonly look: string;
  readonly value: (point: Point) => number | null;
  readonly format: (value: number) => string;
}

const count = (value: number): string => String(value);
const ended = {
  succeeded: { name: "Succeeded", look: "text-success", value: ({ succeeded }: Point) => succeeded, format: count },
  failed: { name: "Failed", look: "text-danger", value: ({ failed }: Point) => failed, format: count },
} satisfies Record<string, Series>;
const durations = {
  half: {
    name: "Median",
    look: "text-accent",
    value: ({ duration }: Point) => duration.p50,
    format: formatDuration,
  },
  most: {
    name: "95th percentile",
    look: "text-warning",
    value: ({ duration }: Point) => duration.p95,
    format: formatDuration,
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
/** Of both axes. */
const axis = { tick: { className: "fill-muted", fontSize: 12 }, tickLine: false, axisLine: false };
const days = { dataKey: "date", tickFormatter: dayOf, minTickGap: 24 };
const grid = <CartesianGrid vertical={false} className="text-line" stroke="currentColor" />;

function DeploymentsChart({ points }: { points: Metrics["points"] }) {
  const hatch = useId();
  return (
    <Panel title="Deployments per day" series={Object.values(ended)} wide>
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
        <Tooltip content={<ChartTooltip series={Object.values(ended)} />} cursor={{ className: "fill-raised" }} />
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
    </Panel>
  );
}

function DurationChart({ points }: { points: Metrics["points"] }) {
  const line = { stroke: "currentColor", strokeWidth: 2, connectNulls: true, isAnimationActive: false } as const;
  const dotOf = ({ look }: Series) => ({ className: look, r: 2.5, fill: "currentColor", strokeDasharray: "" });
  const ticks = durationTicks(Math.max(0, ...points.map((point) => durations.most.value(point) ?? 0)));
  return (
    <Panel title="Duration of successful changes per day" series={Object.values(durations)}>
      <LineChart responsive style={size} data={[...points]} accessibilityLayer={false}>
        {grid}
        <XAxis {...axis} {...days} />
        <YAxis {...axis} width={64} ticks={ticks} domain={[0, ticks.at(-1) ?? 1]} tickFormatter={formatDuration} />
        <Tooltip content={<ChartTooltip series={Object.values(durations)} />} cursor={{ className: "stroke-line" }} />
        <Line {...line} dataKey={durations.half.value} className={durations.half.look} dot={dotOf(durations.half)} />
        <Line
          {...line}
          dataKey={durations.most.value}
          className={durations.most.look}
          strokeDasharray="5 4"
          dot={dotOf(durations.most)}
        />
      </LineChart>
    </Panel>
  );
}

interface PanelProps {
  readonly title: string;
  readonly series: readonly Series[];
  readonly wide?: boolean;
  readonly children: ReactNode;
}

function Panel({ title, series, wide = false, children }: PanelProps) {
  return (
    <figure className={`grid min-w-0 content-start gap-3 rounded-box border p-4 ${wide ? "lg:col-span-2" : ""}`}>
      <figcaption className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
        <span className="font-semibold">{title}</span>
        <span className="flex flex-wrap gap-x-4">
          {series.map((each) => (
            <Named key={each.name} series={each} />
          ))}
        </span>
      </figcaption>
      <div aria-hidden className="min-w-0">
        {children}
      </div>
    </figure>
  );
}

function Named({ series: { name, look } }: { series: Series }) {
  return (
    <span className="flex items-center gap-1.5 text-muted">
      <span aria-hidden className={`size-2.5 rounded-sm bg-current ${look}`} />
      {name}
    </span>
  );
}

interface TooltipProps {
  readonly active?: boolean;
  readonly payload?: readonly { readonly payload?: Point }[];
}

/** What a day had, beside the pointer. The chart adds what is pointed at. */
function ChartTooltip({ series, active, payload }: { series: readonly Series[] } & TooltipProps) {
  const point = payload?.[0]?.payload;
  if (!active || point === undefined) return null;
  return (
    <div className="grid gap-1 rounded-md border bg-ground px-3 py-2 shadow-lg">
      <p className="font-medium">{dayOf(point.date)}</p>
      {series.map((each) => {
        const value = each.value(point);
        return (
          <p key={each.name} className="flex items-center justify-between gap-4">
            <Named series={each} />
            {value === null ? "–" : each.format(value)}
          </p>
        );
      })}
    </div>
  );
}
