import type { AppUsage, UsageMarker, UsageRow } from "@slipway/monitor/client";
import { CartesianGrid, Line, LineChart, ReferenceArea, ReferenceLine, Tooltip, XAxis, YAxis } from "recharts";
import { axis, ChartPanel, ChartTooltip } from "../../ui/chart.tsx";
import { shortCountWords } from "../../ui/number-words.ts";
import { namedMarkers } from "./named-markers.ts";
import { roundTimes, tickWords, timeWords } from "./time.ts";
import type { Chart, Line as Shown } from "./usage-values.ts";

interface Props {
  readonly usage: AppUsage;
  readonly rows: readonly UsageRow[];
  readonly charts: readonly Chart[];
}

/** The figures as pictures. The table below them says the same in numbers. */
export default function UsageCharts({ usage, rows, charts }: Props) {
  return charts.map((chart) => <OneChart key={chart.title} chart={chart} usage={usage} rows={rows} />);
}

/** Of the axis of time. */
const mostTicks = 7;

const size = { width: "100%", height: "11rem" };

function OneChart({ chart: { title, lines, isCounted }, usage, rows }: { chart: Chart } & Omit<Props, "charts">) {
  const [first] = lines;
  // What never happened needs no line in the legend.
  const shown = lines.filter((line) => line === first || rows.some((row) => (line.value(row) ?? 0) !== 0));
  const titleOf = ({ at, release }: UsageRow) => (
    <>
      {timeWords(at, usage.period_seconds)}
      {release !== null && <span className="text-muted"> · #{release}</span>}
    </>
  );
  const bounds: [number, number] = [Date.parse(usage.from), Date.parse(usage.to)];
  const isEmpty = !rows.some((row) => lines.some((line) => line.value(row) !== null));
  const offset = new Date(bounds[1]).getTimezoneOffset() * -60_000;
  if (isEmpty)
    return (
      <ChartPanel title={title} series={[]}>
        <p className="grid h-44 place-items-center text-muted">No values in this period.</p>
      </ChartPanel>
    );
  const named = namedMarkers(usage.markers, bounds);
  return (
    <ChartPanel title={title} series={shown}>
      <LineChart responsive style={size} data={[...rows]} accessibilityLayer={false}>
        <CartesianGrid vertical={false} className="text-line" stroke="currentColor" />
        <XAxis
          {...axis}
          dataKey="at"
          type="number"
          scale="time"
          domain={bounds}
          allowDataOverflow
          ticks={roundTimes(...bounds, { most: mostTicks, offset })}
          tickFormatter={(at: number) => tickWords(at, usage.hours)}
          minTickGap={16}
        />
        <YAxis
          {...axis}
          width={60}
          domain={[0, "auto"]}
          allowDecimals={!isCounted}
          tickFormatter={isCounted ? shortCountWords : (first?.words ?? String)}
        />
        <Tooltip content={<ChartTooltip series={shown} titleOf={titleOf} />} cursor={{ className: "stroke-line" }} />
        {usage.markers.map((marker) => markOf(marker, bounds, named))}
        {shown.map((line) => (
          <Line
            key={line.name}
            dataKey={line.value}
            className={line.look}
            stroke="currentColor"
            strokeWidth={2}
            {...(line.dash === undefined ? {} : { strokeDasharray: line.dash })}
            dot={isLonely(rows, line) ? { className: line.look, r: 2, fill: "currentColor" } : false}
            isAnimationActive={false}
            connectNulls={false}
          />
        ))}
      </LineChart>
    </ChartPanel>
  );
}

/** A line needs two points; few of them are shown by themselves. */
const isLonely = (rows: readonly UsageRow[], line: Shown): boolean =>
  rows.filter((row) => line.value(row) !== null).length <= 30;

/** A release as a line with its number, an alarm as a time in red. */
function markOf(marker: UsageMarker, [from, to]: readonly [number, number], named: ReadonlySet<number>) {
  const at = Math.max(from, Date.parse(marker.at));
  if (marker.kind === "alarm") {
    const until = Math.min(to, marker.until === null ? to : Date.parse(marker.until));
    return (
      <ReferenceArea
        key={`alarm-${marker.at}`}
        x1={at}
        x2={until}
        className="text-danger"
        fill="currentColor"
        fillOpacity={0.15}
      />
    );
  }
  // Where there is room for it.
  const position = at > (from + to) / 2 ? "insideTopRight" : "insideTopLeft";
  const look = marker.stage === "failed" ? "text-danger" : "text-muted";
  return (
    <ReferenceLine
      key={`deployment-${marker.deployment_id}`}
      x={at}
      className={look}
      stroke="currentColor"
      strokeDasharray="3 3"
      {...(marker.deployment_id !== null && named.has(marker.deployment_id)
        ? { label: { value: `#${marker.deployment_id}`, position, fontSize: 11, className: "fill-muted" } }
        : {})}
    />
  );
}
