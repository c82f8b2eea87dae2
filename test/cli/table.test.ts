import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { widthOf } from "slipway/terminal/width";
import { type Column, facts, table } from "../../packages/cli/src/output/table.ts";

interface Row {
  readonly id: number;
  readonly message: string;
}
const columns: readonly Column<Row>[] = [
  { title: "ID", align: "right", cell: ({ id }) => String(id) },
  { title: "MESSAGE", cell: ({ message }) => message, shrinksTo: 8 },
  { title: "BY", cell: () => "somebody", optional: true },
];
const plain = { dim: (text: string) => text };

describe("a table", () => {
  test("is as wide as it needs to be where nobody says how wide it may be", () => {
    const rows = [
      { id: 7, message: "Say hello" },
      { id: 12, message: "你好 🚀" },
    ];
    expect(table(columns, rows, { ...plain, columns: undefined })).toBe(
      ["ID  MESSAGE    BY", " 7  Say hello  somebody", "12  你好 🚀    somebody", ""].join("\n"),
    );
  });

  test("first cuts what may be cut, then leaves out what can be spared", () => {
    const rows = [{ id: 7, message: "A long message that says much" }];
    expect(table(columns, rows, { ...plain, columns: 26 })).toBe("ID  MESSAGE       BY\n 7  A long mess…  somebody\n");
    expect(table(columns, rows, { ...plain, columns: 20 })).toBe("ID  MESSAGE\n 7  A long message …\n");
  });

  test("has no line wider than the terminal, whatever is in it", () => {
    const row = fc.record({ id: fc.nat(), message: fc.string({ unit: "grapheme", maxLength: 60 }) });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), fc.integer({ min: 30, max: 120 }), (rows, width) => {
        const lines = table(columns, rows, { ...plain, columns: width }).split("\n");
        expect(lines).toHaveLength(rows.length + 2);
        expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(width);
      }),
    );
  });

  test("shows what others wrote without obeying it", () => {
    const text = table(columns, [{ id: 1, message: "a\u001b[2J\nb\u001b]0;x\u0007" }], {
      ...plain,
      columns: undefined,
    });
    expect(text.split("\n")[1]).toBe(" 1  a b      somebody");
  });
});

test("facts go on below themselves where they are longer than a line", () => {
  const rows = [
    ["name", "shop"],
    ["address", "http://one.example or http://two.example"],
  ] as const;
  expect(facts(rows, { ...plain, columns: 32 })).toBe(
    "name     shop\naddress  http://one.example or\n         http://two.example\n",
  );
});
