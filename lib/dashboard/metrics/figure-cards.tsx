import { type Comparison, compare, type Metrics, type ShownFigure, shownFigures } from "@slipway/monitor/client";
import { Minus, TrendingDown, TrendingUp } from "lucide-react";

/** The few figures, each with how it has changed. */
export function FigureCards({ metrics }: { metrics: Metrics }) {
  return (
    <section aria-labelledby="figures" className="grid gap-3">
      <h2 id="figures" className="font-semibold">
        {headline(metrics)}
      </h2>
      <dl className="grid gap-3 sm:grid-cols-2 lg:grid-cols-5">
        {shownFigures.map((figure) => (
          <Card key={figure.name} figure={figure} metrics={metrics} />
        ))}
      </dl>
    </section>
  );
}

/** Whether delivery improves, in one sentence. */
function headline(metrics: Metrics): string {
  const verdicts = shownFigures.map((figure) => compare(figure, metrics, metrics.previous).verdict);
  const count = (verdict: Comparison["verdict"]) => verdicts.filter((each) => each === verdict).length;
  const known = verdicts.length - count("unknown");
  if (known === 0) return `Last ${metrics.days} days`;
  return `${count("better")} of ${known} metrics improved and ${count("worse")} got worse compared with the previous ${metrics.days} days`;
}

function Card({ figure, metrics }: { figure: ShownFigure; metrics: Metrics }) {
  const value = figure.value(metrics);
  const comparison = compare(figure, metrics, metrics.previous);
  return (
    <div className="grid content-start gap-1 rounded-box border p-3">
      <dt className="text-muted">{figure.name}</dt>
      <dd className="grid gap-1">
        <span className="text-xl font-semibold">{value === null ? "–" : figure.format(value)}</span>
        <span className="text-xs text-muted">{figure.of(metrics)}</span>
        <Change comparison={comparison} />
      </dd>
    </div>
  );
}

const looks = {
  better: { Icon: TrendingUp, look: "text-success" },
  worse: { Icon: TrendingDown, look: "text-danger" },
  same: { Icon: Minus, look: "text-muted" },
  unknown: { Icon: null, look: "text-muted" },
} as const;

function Change({ comparison: { verdict, words } }: { comparison: Comparison }) {
  const { Icon, look } = looks[verdict];
  return (
    <span className={`flex items-center gap-1 ${look}`}>
      {Icon !== null && <Icon size={14} aria-hidden className="shrink-0" />}
      {words}
    </span>
  );
}
