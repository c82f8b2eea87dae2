import { compare, type ShownFigure, shownFigures } from "@slipway/monitor/client";
import type { Command } from "../command/command.ts";
import { numberOf } from "../command/settings.ts";
import { table } from "../output/table.ts";
import { findApp } from "../repository/find.ts";

export const metrics: Command = {
  name: "metrics",
  summary: "Show delivery metrics and how they changed",
  description: "Compares a period with the one before it. See docs/metrics.md for definitions.",
  arguments: [{ name: "app", summary: "App name or number (default: all apps)", required: false, completes: "app" }],
  options: [{ name: "days", value: "n", summary: "Number of days, up to 90 (default: 30)" }],
  examples: ["metrics", "metrics shop --days 7"],
  run: async (context, given) => {
    const name = given.argument("app");
    const days = numberOf("days", given.text("days") ?? "30");
    const app = name === undefined ? null : await findApp(context, name);
    const read = await context.client.showMetrics({ appId: app?.id, days });
    if (context.json) return context.printJson(read);
    const verdicts = new Map(shownFigures.map((figure) => [figure.name, compare(figure, read, read.previous)]));
    const value = (figure: ShownFigure, of: typeof read.previous) => {
      const found = figure.value(of);
      return found === null ? "–" : figure.format(found);
    };
    const columns = [
      { title: "METRIC", cell: ({ name }: ShownFigure) => name },
      { title: "NOW", align: "right" as const, cell: (figure: ShownFigure) => value(figure, read) },
      { title: "BEFORE", align: "right" as const, cell: (figure: ShownFigure) => value(figure, read.previous) },
      {
        title: "CHANGE",
        cell: ({ name }: ShownFigure) => verdicts.get(name)?.words ?? "",
        style: (text: string, { name }: ShownFigure) => {
          const { verdict } = verdicts.get(name) ?? {};
          return verdict === "better"
            ? context.color("green", text)
            : verdict === "worse"
              ? context.color("red", text)
              : text;
        },
      },
      { title: "OF", cell: (figure: ShownFigure) => figure.of(read), shrinksTo: 24, optional: true },
    ];
    const of = `${app?.name ?? "All apps"}, ${read.from} to ${read.to}`;
    return context.print(`${of}\n\n${table(columns, shownFigures, context.format)}`);
  },
};
