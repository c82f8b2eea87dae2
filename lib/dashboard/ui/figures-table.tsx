interface Column<Row> {
  readonly key: string;
  readonly name: string;
  readonly cell: (row: Row) => string | number;
}

interface Props<Row> {
  readonly title: string;
  /** What a row is of. */
  readonly head: string;
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
  readonly nameOf: (row: Row) => string;
  readonly columns: readonly Column<Row>[];
  readonly className?: string;
}

/** What charts show, to be read: folded, with the newest row first. */
export function FiguresTable<Row>({ title, head, rows, keyOf, nameOf, columns, className = "" }: Props<Row>) {
  return (
    <details className="rounded-box border">
      <summary className="px-4 py-3 font-medium">{title}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard. */}
      <section aria-label={title} tabIndex={0} className={`border-t ${className}`}>
        <table className="w-full text-right whitespace-nowrap">
          <thead className="text-muted">
            <tr>
              <th scope="col" className="px-4 py-2 text-left font-normal">
                {head}
              </th>
              {columns.map(({ key, name }) => (
                <th key={key} scope="col" className="px-4 py-2 font-normal">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="divide-y border-t">
            {rows.toReversed().map((row) => (
              <tr key={keyOf(row)}>
                <th scope="row" className="px-4 py-1.5 text-left font-normal">
                  {nameOf(row)}
                </th>
                {columns.map(({ key, cell }) => (
                  <td key={key} className="px-4 py-1.5">
                    {cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
