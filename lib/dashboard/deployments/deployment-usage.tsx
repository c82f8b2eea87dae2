import { type Deployment, type DeploymentUsage, formatPercent } from "@slipway/monitor/client";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { deploymentUsageQuery } from "../api/queries.ts";
import { countWords, percentWords } from "../ui/number-words.ts";

type Side = NonNullable<DeploymentUsage["after"]>;

interface Row {
  readonly name: string;
  readonly value: (side: Side) => number | null;
  readonly words: (value: number) => string;
  /** By how much it is worse when more of it is bad; `null`: more of it is neither. */
  readonly isWorse: ((before: number, after: number) => boolean) | null;
}

const ms = (value: number): string => `${countWords(value)} ms`;
/** What changes by itself from one half hour to the next. */
const muchMore = (before: number, after: number): boolean => after > before * 1.5 && after - before > 20;

const rows: readonly Row[] = [
  {
    name: "Requests/min",
    value: ({ requests_per_minute }) => requests_per_minute,
    words: countWords,
    isWorse: null,
  },
  {
    name: "5xx",
    value: ({ error_rate }) => error_rate,
    words: formatPercent,
    isWorse: (before, after) => after > before + 0.005,
  },
  { name: "Latency p50", value: ({ latency_p50 }) => latency_p50, words: ms, isWorse: muchMore },
  { name: "Latency p95", value: ({ latency_p95 }) => latency_p95, words: ms, isWorse: muchMore },
  { name: "Latency p99", value: ({ latency_p99 }) => latency_p99, words: ms, isWorse: muchMore },
];

/** The figures of each process. */
const processRows = (process: string, isOnly: boolean): readonly Row[] => {
  const of = isOnly ? "" : ` (${process})`;
  return [
    {
      name: `CPU${of}`,
      value: ({ processes }) => processes[process]?.cpu ?? null,
      words: percentWords,
      isWorse: muchMore,
    },
    {
      name: `Memory${of}`,
      value: ({ processes }) => processes[process]?.memory ?? null,
      words: percentWords,
      isWorse: muchMore,
    },
    {
      name: `Restarts${of}`,
      value: ({ processes }) => processes[process]?.restarts ?? null,
      words: String,
      isWorse: (before, after) => after > before,
    },
  ];
};

/** The running app before and after a deployment. */
export function DeploymentUsageView({ deployment: { id, app_id } }: { deployment: Deployment }) {
  const { data, error } = useQuery(deploymentUsageQuery(id));
  if (data === undefined)
    return <p className="text-muted">{error === null ? "Loading…" : "Usage can't be shown right now."}</p>;
  const { before, after, complete } = data;
  if (after === null) return <p className="text-muted">Values of single minutes are kept for 15 days.</p>;
  const processes = Object.keys(after.processes);
  const all = [...rows, ...processes.flatMap((process) => processRows(process, processes.length === 1))];
  return (
    <div className="grid gap-2">
      <table className="w-full text-right">
        <thead className="text-muted">
          <tr>
            <td />
            <th scope="col" className="py-1 font-normal">
              Before{before !== null && ` (#${before.deployment_id})`}
            </th>
            <th scope="col" className="py-1 font-normal">
              After
            </th>
          </tr>
        </thead>
        <tbody>
          {all.map((row) => (
            <Compared key={row.name} row={row} before={before} after={after} />
          ))}
        </tbody>
      </table>
      <p className="text-muted">
        {complete ? "30 minutes each, of the median minute." : "Up to 30 minutes each; values come a few minutes late."}
      </p>
      <Link to={`/apps/${app_id}/usage`} className="text-accent hover:underline">
        Usage of the app
      </Link>
    </div>
  );
}

function Compared({
  row: { name, value, words, isWorse },
  before,
  after,
}: {
  row: Row;
  before: Side | null;
  after: Side;
}) {
  const [was, is] = [before === null ? null : value(before), value(after)];
  const bad = was !== null && is !== null && isWorse?.(was, is) === true;
  return (
    <tr>
      <th scope="row" className="py-0.5 text-left font-normal text-muted">
        {name}
      </th>
      <td>{was === null ? "–" : words(was)}</td>
      <td className={bad ? "font-medium text-danger" : ""}>
        {is === null ? "–" : words(is)}
        {bad && <span className="sr-only"> (worse)</span>}
      </td>
    </tr>
  );
}
