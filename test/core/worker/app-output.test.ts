// The log of a release that failed holds what the app itself printed.
import { expect, test } from "@jest/globals";
import { OutputUnreadable } from "../../../lib/core/log/output-unreadable.ts";
import { carryOut } from "../../../lib/core/worker/carry-out.ts";
import { someDeployment } from "../../support/deployments.ts";
import { workerDeps } from "../../support/worker-deps.ts";

const row = someDeployment({ image_digest: `sha256:${"1".repeat(64)}` });
const confirm = async () => undefined;

function depsWith(output: () => Promise<readonly string[]>) {
  const deps = workerDeps();
  return { ...deps, releases: { ...deps.releases, output } };
}

const linesOf = (deps: ReturnType<typeof depsWith>) =>
  // The store of this test is the one in memory, which can be read as a whole.
  deps.log.read(row.id, 0, 1000).then(({ lines }) => lines.map(({ stream, line }) => `${stream}: ${line}`));

test("each line once, also when it is carried out twice", async () => {
  const deps = depsWith(async () => ["starting", "Error: no database"]);
  for (let time = 0; time < 2; time++)
    expect(await carryOut(deps, row, { type: "write_output" }, confirm)).toEqual([
      { type: "effect_done", key: "write_output" },
    ]);
  expect(await linesOf(deps)).toEqual([
    "system: The app's output:\n",
    "stdout: starting\n",
    "stdout: Error: no database\n",
  ]);
});

test("indented as it was printed, so that a stack trace can be read", async () => {
  const deps = depsWith(async () => ["    return 1 +", "           ^", "\tat main (server.mjs:1)  "]);
  await carryOut(deps, row, { type: "write_output" }, confirm);
  expect(await linesOf(deps)).toEqual([
    "system: The app's output:\n",
    "stdout:     return 1 +\n",
    "stdout:            ^\n",
    "stdout: \tat main (server.mjs:1)\n",
  ]);
});

test("nothing where it printed nothing", async () => {
  const deps = depsWith(async () => []);
  await carryOut(deps, row, { type: "write_output" }, confirm);
  expect(await linesOf(deps)).toEqual([]);
});

test("the last lines of much, each of readable length and without control characters", async () => {
  const deps = depsWith(async () => Array.from({ length: 1000 }, (_, index) => `${index}\u001b[2J${"x".repeat(5000)}`));
  await carryOut(deps, row, { type: "write_output" }, confirm);
  const lines = await linesOf(deps);
  expect(lines).toHaveLength(201);
  expect(lines[1]).toMatch(/^stdout: 800/);
  expect(lines.every((line) => line.length < 1100 && !line.includes("\u001b"))).toBe(true);
});

test("why it could not be read, and the deployment goes on to its end", async () => {
  const deps = depsWith(async () => {
    throw new OutputUnreadable(new Error("AccessDeniedException: logs:FilterLogEvents"));
  });
  const events = await carryOut(deps, row, { type: "write_output" }, confirm);
  expect(events).toEqual([{ type: "effect_done", key: "write_output" }]);
  expect(await linesOf(deps)).toEqual([
    "system: The app's output could not be read: AccessDeniedException: logs:FilterLogEvents\n",
  ]);
});
