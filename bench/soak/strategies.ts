import { apiAt } from "../../test/support/api.ts";
import { turnableApp } from "../../test/support/apps.ts";
import {
  addressOf,
  answersOf,
  deploy,
  ends,
  type Registered,
  reaches,
  registerApp,
} from "../../test/support/deploying.ts";
import { removeDirectory, startLocalMode } from "../../test/support/local-mode.ts";
import { visitors } from "../../test/support/visitors.ts";

/**
 * A request loop over many releases of each strategy, bad ones and rollbacks in the middle among them: each must end as it
 * must, no request may fail, and the right version must serve at the end.
 */
const strategies = {
  rolling: { type: "rolling" },
  blue_green: { type: "blue_green", bakeMinutes: 0 },
  linear: { type: "linear", stepPercent: 50, stepBakeMinutes: 0, bakeMinutes: 0 },
  canary: { type: "canary", percent: 25, canaryBakeMinutes: 1, bakeMinutes: 0 },
};
type StrategyName = keyof typeof strategies;

const complaints: string[] = [];

/** Answers 1 if there is something to complain of, else 0. `only`: of these strategies. */
export async function runStrategies(releases: number, only: readonly string[] | undefined): Promise<number> {
  const chosen = (Object.keys(strategies) as StrategyName[]).filter((name) => only?.includes(name) ?? true);
  const local = await startLocalMode({ args: ["--minute", "10s"], healthCheckSecond: "150ms", heap: "small" });
  try {
    console.log("strategy     releases  taken back  cancelled  rollbacks  requests  failed  seconds");
    for (const name of chosen) await soak(apiAt(local.url), name, releases);
  } finally {
    await local.stop();
    removeDirectory(local.data);
  }
  for (const complaint of complaints) console.error(complaint);
  return complaints.length === 0 ? 0 : 1;
}

type Api = ReturnType<typeof apiAt>;

interface Run {
  readonly api: Api;
  readonly app: Registered;
  /** What must serve now, and which deployment brought it. */
  serving: { readonly version: string; readonly id: number };
  readonly counts: Record<"success" | "failed" | "cancelled" | "rollbacks", number>;
}

async function soak(api: Api, name: StrategyName, releases: number): Promise<void> {
  const started = performance.now();
  const app = await registerApp(api, turnableApp("0"), {
    name: name.replace("_", "-"),
    healthCheckPath: "/healthz",
    strategy: strategies[name],
    afterRollback: "resume",
  });
  const first = await deploy(api, app.id);
  expectStage(await ends(api, first), "success");
  const run: Run = {
    api,
    app,
    serving: { version: "0", id: first },
    counts: { success: 1, failed: 0, cancelled: 0, rollbacks: 0 },
  };
  const crowd = visitors(Number(new URL(await addressOf(api, app.id)).port));
  for (let n = 1; n < releases; n++) await step(run, n);
  const { asked, wrong } = await crowd.leave();
  const answers = new Set(await answersOf(api, app.id, 10));
  if (wrong.length > 0) complaints.push(`${name}: ${wrong.length} requests failed: ${wrong.slice(0, 3).join("; ")}`);
  if (answers.size !== 1 || !answers.has(run.serving.version))
    complaints.push(`${name}: ${[...answers].join(", ")} serves, not ${run.serving.version}`);
  const { success, failed, cancelled, rollbacks } = run.counts;
  const seconds = Math.round((performance.now() - started) / 1000);
  const columns = [success + failed + cancelled, failed, cancelled, rollbacks, asked, wrong.length, seconds];
  console.log(name.padEnd(13) + columns.map((value) => String(value).padEnd(10)).join(""));
}

/** Of four releases one is sick, and in the middle of one somebody rolls back, each time in another stage. */
async function step(run: Run, n: number): Promise<void> {
  const { api } = run;
  const sick = n % 4 === 2;
  run.app.repository.commit(turnableApp(String(n), sick ? { health: 503 } : {}), `Version ${n}`);
  const id = await deploy(api, run.app.id);
  if (n % 4 === 3) return rollBackInTheMiddleOf(run, id, n);
  const end = await ends(api, id, 180);
  expectStage(end, sick ? "failed" : "success");
  if (end.stage === "success") run.serving = { version: String(n), id };
  if (end.stage === "failed" && !end.rolled_back) complaints.push(`${id} failed and was not rolled back`);
  if (end.stage === "success") run.counts.success++;
  else run.counts.failed++;
}

async function rollBackInTheMiddleOf(run: Run, id: number, n: number): Promise<void> {
  const { api } = run;
  const stages = [["pending", "cloning"], ["building"], ["deploying"]][((n - 3) / 4) % 3] ?? [];
  const met = await reaches(api, id, [...stages, "success", "failed"]);
  const asked = await api.post(`/api/deployments/${run.serving.id}/rollback`);
  expectStage(await ends(api, asked.body.id, 180), "success");
  const end = await ends(api, id, 180);
  // A release that was nearly complete when it was stopped may still have succeeded; the rollback came after it.
  if (!["cancelled", "superseded", "success"].includes(end.stage))
    complaints.push(`${id}, rolled back over in ${met.stage}, ended ${end.stage}: ${end.error_message}`);
  run.serving = { version: run.serving.version, id: asked.body.id };
  run.counts.rollbacks++;
  if (end.stage === "success") run.counts.success++;
  else run.counts.cancelled++;
}

function expectStage(end: { id: number; stage: string; error_message: string | null }, stage: string): void {
  if (end.stage !== stage) complaints.push(`${end.id} ended ${end.stage}, not ${stage}: ${end.error_message}`);
}
