import { expect, test } from "@jest/globals";
import { compileEdgeFunction } from "../../../lib/local/cloudfront/edge-function.ts";

/** Does nothing until that instant, as while the machine is suspended or its processors are somebody else's. */
const idleUntil = (instant: number) => `
function handler(event) {
  const left = ${instant} - Date.now();
  if (left > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, left);
  return event;
}`;

test("a function is not ended for time in which it could not compute", () => {
  const run = compileEdgeFunction("idle", idleUntil(Date.now() + 6_000));
  expect(run({ uri: "/" }).result).toEqual({ uri: "/" });
}, 60_000);

test("a function that computes without end is ended", () => {
  const run = compileEdgeFunction("endless", "function handler() { for (;;); }");
  expect(() => run({})).toThrow("timed out");
}, 120_000);
