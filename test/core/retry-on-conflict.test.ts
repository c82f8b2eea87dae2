import { expect, test } from "@jest/globals";
import { ConflictError, conflict, type RetryDeps, retryOnConflict } from "../../lib/core/retry-on-conflict.ts";

/** What tries again, with what it waited and counted. `random`: each draw. */
function observedRetries(random = 0.5) {
  const pauses: number[] = [];
  const counted: string[] = [];
  const deps: RetryDeps = {
    pause: async (milliseconds) => void pauses.push(milliseconds),
    random: () => random,
    measure: (name, value) => void counted.push(`${name} ${value}`),
  };
  return { deps, pauses, counted };
}

/** An attempt that meets so many conflicts, and then answers how often it was made. */
function conflicting(times: number) {
  let made = 0;
  return async () => (++made > times ? made : conflict);
}

test("an attempt without a conflict is made once, without waiting", async () => {
  const { deps, pauses, counted } = observedRetries();
  expect(await retryOnConflict(deps, "a row", conflicting(0))).toBe(1);
  expect({ pauses, counted }).toEqual({ pauses: [], counted: [] });
});

test("an attempt that answers null is done", async () => {
  expect(await retryOnConflict(observedRetries().deps, "a row", async () => null)).toBeNull();
});

test("each conflict is counted, and waited for longer, up to a limit", async () => {
  const { deps, pauses, counted } = observedRetries();
  expect(await retryOnConflict(deps, "a row", conflicting(7))).toBe(8);
  expect(pauses).toEqual([3, 5, 10, 20, 40, 50, 50]);
  expect(counted).toEqual(Array.from({ length: 7 }, () => "WriteConflicts 1"));
});

test("chance decides how much of the longest pause is waited", async () => {
  const [none, most] = [observedRetries(0), observedRetries(0.999)];
  await retryOnConflict(none.deps, "a row", conflicting(6));
  await retryOnConflict(most.deps, "a row", conflicting(6));
  expect(none.pauses).toEqual([0, 0, 0, 0, 0, 0]);
  expect(most.pauses).toEqual([5, 10, 20, 40, 80, 100]);
});

test("after 50 conflicts it is an error that says what was to be written", async () => {
  const { deps, pauses, counted } = observedRetries();
  const attempt = retryOnConflict(deps, "the lane of app 7", conflicting(50));
  await expect(attempt).rejects.toThrow(ConflictError);
  await expect(attempt).rejects.toThrow("50 conditional writes in a row met a conflict: the lane of app 7.");
  expect([pauses.length, counted.length]).toEqual([49, 50]);
});

test("the last attempt counts as well", async () => {
  expect(await retryOnConflict(observedRetries().deps, "a row", conflicting(49))).toBe(50);
});

test("an error of an attempt is not a conflict", async () => {
  const { deps, counted } = observedRetries();
  const broken = async () => {
    throw new Error("No connection");
  };
  await expect(retryOnConflict(deps, "a row", broken)).rejects.toThrow("No connection");
  expect(counted).toEqual([]);
});
