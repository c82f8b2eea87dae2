import type { ReactNode } from "react";

/** A line or a bar of a chart. Its colour is the text colour of `look`. */
export interface ChartSeries<Point> {
  readonly name: string;
  readonly look: string;
  readonly value: (point: Point) => number | null;
  readonly words: (value: number) => string;
}

type Named = Pick<ChartSeries<never>, "name" | "look">;

/** Of both axes. */
export const axis = { tick: { className: "fill-muted", fontSize: 12 }, tickLine: false, axisLine: false };

interface PanelProps {
  readonly title: string;
  readonly series: readonly Named[];
  readonly className?: string;
  readonly children: ReactNode;
}

/** A chart with its title and what its colours mean. The picture is hidden from screen readers: a table says the same. */
export function ChartPanel({ title, series, className = "", children }: PanelProps) {
  return (
    <figure className={`grid min-w-0 content-start gap-3 rounded-box border p-4 ${className}`}>
      <figcaption className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
        <span className="font-semibold">{title}</span>
        <span className="flex flex-wrap gap-x-4">
          {series.map((each) => (
            <SeriesName key={each.name} series={each} />
          ))}
        </span>
      </figcaption>
      <div aria-hidden className="min-w-0">
        {children}
      </div>
    </figure>
  );
}

function SeriesName({ series: { name, look } }: { series: Named }) {
  return (
    <span className="flex items-center gap-1.5 text-muted">
      <span aria-hidden className={`size-2.5 rounded-sm bg-current ${look}`} />
      {name}
    </span>
  );
}

interface TooltipProps<Point> {
  readonly series: readonly ChartSeries<Point>[];
  /** What the point is of. */
  readonly titleOf: (point: Point) => ReactNode;
  readonly active?: boolean;
  readonly payload?: readonly { readonly payload?: Point }[];
}

/** The values of a point, beside the pointer. The chart adds what is pointed at. */
export function ChartTooltip<Point>({ series, titleOf, active, payload }: TooltipProps<Point>) {
  const point = payload?.[0]?.payload;
  if (!active || point === undefined) return null;
  return (
    <div className="grid gap-1 rounded-md border bg-ground px-3 py-2 shadow-lg">
      <p className="font-medium">{titleOf(point)}</p>
      {series.map((each) => {
        const value = each.value(point);
        return (
          <p key={each.name} className="flex items-center justify-between gap-4">
            <SeriesName series={each} />
            {value === null ? "–" : each.words(value)}
          </p>
        );
      })}
    </div>
  );
}
