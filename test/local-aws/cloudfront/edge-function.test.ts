import { expect, test } from "@jest/globals";
import { compileEdgeFunction } from "@slipway/local-aws/services/cloudfront/edge-function";

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
});

test("a function that computes without end is ended", () => {
  const run = compileEdgeFunction("endless", "function handler() { for (;;); }");
  expect(() => run({})).toThrow("timed out");
});

test("no invocation finds what another left", () => {
  const code = `
    var count = 0;
    const seen = [];
    function handler(event) {
      count += 1;
      seen.push(event.n);
      const before = globalThis.left;
      left = event.n;
      globalThis.more = event.n;
      return { count, seen, before: before === undefined ? null : before, more: typeof more };
    }`;
  const run = compileEdgeFunction("forgetful", code);
  expect(run({ n: 1 }).result).toEqual({ count: 1, seen: [1], before: null, more: "number" });
  expect(run({ n: 2 }).result).toEqual({ count: 1, seen: [2], before: null, more: "number" });
});

test("a function that was ended, or failed, runs again from its beginning", () => {
  const run = compileEdgeFunction(
    "sometimes",
    `function handler({ how }) { if (how === "throw") { left = 1; throw new Error("no"); } return typeof left; }`,
  );
  expect(() => run({ how: "throw" })).toThrow("no");
  expect(run({ how: "answer" }).result).toBe("undefined");
});
