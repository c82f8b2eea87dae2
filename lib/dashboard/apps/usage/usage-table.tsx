import type { UsageRow } from "@slipway/monitor/client";
import { FiguresTable } from "../../ui/figures-table.tsx";
import { timeWords } from "./time.ts";
import type { Chart } from "./usage-values.ts";

interface Props {
  readonly rows: readonly UsageRow[];
  readonly charts: readonly Chart[];
  readonly periodSeconds: number;
}

/** What the charts show, to be read. */
export function UsageTable({ rows, charts, periodSeconds }: Props) {
  const lines = charts.flatMap(({ title, lines }) =>
    lines.map(({ name, value, words }) => ({
      key: `${title} ${name}`,
      name,
      cell: (row: UsageRow) => {
        const found = value(row);
        return found === null ? "–" : words(found);
      },
    })),
  );
  const release = {
    key: "Release",
    name: "Release",
    cell: ({ release }: UsageRow) => (release === null ? "–" : `#${release}`),
  };
  return (
    <FiguresTable
      title="All values"
      head="Time"
      rows={rows}
      keyOf={({ at }) => at}
      nameOf={({ at }) => timeWords(at, periodSeconds)}
      columns={[release, ...lines]}
      className="max-h-96 overflow-auto"
    />
  );
}
