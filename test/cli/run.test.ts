import { expect, test } from "@jest/globals";
import { data, refusal, slipway, someApp } from "./deps.ts";

const run = (change: object) => ({
  id: 5,
  app_id: 1,
  deployment_id: 12,
  process: "web",
  command: ["npm", "run", "seed"],
  trigger: "manual",
  actor: "ada",
  actor_id: null,
  status: "pending",
  message: "Waiting to start",
  exit_code: null,
  created_at: "2026-01-01T00:00:00.000Z",
  started_at: null,
  finished_at: null,
  deadline_at: null,
  cancel_requested_at: null,
  task: null,
  ...change,
});

/** A server whose run prints two lines and ends so. */
function serverOf(end: object, asked: unknown[] = []) {
  return (method: string, path: string, body: unknown) => {
    if (path === "/api/apps") return data([someApp({ id: 1, name: "shop" })]);
    if (method === "POST" && path === "/api/apps/1/runs") {
      asked.push(body);
      return { ...data(run({})), status: 201 };
    }
    if (path === "/api/runs/5") return data(run(end));
    const after = new URL(path, "http://x").searchParams.get("after");
    const line = (text: string) => ({ line: `${text}\n`, timestamp: "2026-01-01T00:00:00.000Z" });
    const lines = after === null ? [line("one"), line("two")] : [];
    return { status: 200, body: { success: true, data: lines, next_cursor: "c", complete: after !== null } };
  };
}

test("run prints what the command prints, and ends with its exit status", async () => {
  const asked: unknown[] = [];
  const ended = {
    status: "failed",
    exit_code: 3,
    message: "Exited with code 3",
    finished_at: "2026-01-01T00:00:00.000Z",
  };
  const words = ["run", "shop", "--timeout", "2h", "--", "npm", "run", "seed", "--force"];
  const result = await slipway({ server: serverOf(ended, asked) }, ...words);
  expect(result).toMatchObject({ status: 3, out: "one\ntwo\n" });
  expect(result.err).toContain("Run 5: Exited with code 3");
  expect(asked).toEqual([{ command: ["npm", "run", "seed", "--force"], timeoutMinutes: 120 }]);
});

test.each([
  [{ status: "succeeded", exit_code: 0 }, 0],
  [{ status: "cancelled", exit_code: 143 }, 130],
  [{ status: "failed", exit_code: null, message: "ECS refused the task." }, 1],
])("of a run that ended as %j the exit status is %d", async (end, status) => {
  expect((await slipway({ server: serverOf(end) }, "run", "shop", "--", "true")).status).toBe(status);
});

test("without a command it says how to write one, and a refusal is a refusal", async () => {
  expect(await slipway({ server: serverOf({}) }, "run", "shop")).toMatchObject({ status: 2 });
  const refusing = (method: string, path: string, body: unknown) =>
    method === "POST" ? refusal(409, "runs_disabled", "They are off.") : serverOf({})(method, path, body);
  expect(await slipway({ server: refusing }, "run", "shop", "--", "true")).toMatchObject({ status: 2 });
});
