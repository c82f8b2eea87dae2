// coolify#7668: 3,500 log rows froze the tab
import { expect, test } from "@jest/globals";
import { LogViewer } from "@slipway/monitor/react";
import { renderToString } from "react-dom/server";
import { someLine } from "../monitor/client/simulated-client.ts";

const rowsOf = (count: number): number => {
  const lines = Array.from({ length: count }, (_, index) => someLine(index + 1));
  return renderToString(<LogViewer lines={lines} complete={false} />).match(/data-index=/g)?.length ?? 0;
};

test("a long log puts no more on the page than one that just fills it", () => {
  expect(rowsOf(10)).toBe(10);
  expect(rowsOf(3500)).toBe(rowsOf(200));
});
