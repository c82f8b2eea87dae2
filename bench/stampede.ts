import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { apiAt } from "../test/support/api.ts";
import { removeDirectory, startLocalMode } from "../test/support/local-mode.ts";

/**
 * Signed webhook deliveries, all at once, to a local mode that has just started, each number on a fresh one. Prints how
 * many were accepted, how many deployments there are, how long the answers took, and the processor time of the main thread and
 * of all threads for each; ends with 1 when one was not 202, was lost, or took longer than the bar. `--busy` keeps that many
 * processors busy meanwhile.
 *
 *   node bench/stampede.ts [--deliveries 20,50,100,200] [--busy 2] [--apps 1] [--bar 10000]
 */
const { values } = parseArgs({
  options: {
    deliveries: { type: "string", default: "20,50,100,200" },
    busy: { type: "string", default: "0" },
    apps: { type: "string", default: "1" },
    bar: { type: "string", default: "10000" },
  },
});
const secret = "a webhook's secret";
const repository = "https://git.invalid/shop.git";
const bar = Number(values.bar);

interface Answer {
  readonly status: number;
  readonly ms: number;
  readonly id: number | null;
}

async function deliver(url: string, n: number): Promise<Answer> {
  const after = n.toString(16).padStart(40, "0");
  const body = JSON.stringify({ ref: "refs/heads/main", after, repository: { clone_url: repository } });
  const begun = performance.now();
  const response = await fetch(`${url}/api/webhooks/github`, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "x-github-event": "push",
      "x-github-delivery": `delivery-${n}`,
      "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
    },
  });
  const text = await response.text();
  const id: number | null = response.status === 202 ? JSON.parse(text).data.deployment_id : null;
  return { status: response.status, ms: performance.now() - begun, id };
}

/** The baseline of the run: a piece of plain work, as busy as the machine is. */
function plainWorkMs(): number {
  const begun = performance.now();
  for (let n = 0; n < 200; n++) createHmac("sha256", secret).update("x".repeat(100_000)).digest("hex");
  return performance.now() - begun;
}

/** Processor time so far of the process and of its main thread, in milliseconds; Linux only. It does not depend on what else runs. */
function processorMs(pid: number | undefined): { readonly all: number; readonly main: number } {
  const ticks = (file: string): number => {
    const fields = readFileSync(file, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  };
  if (process.platform !== "linux") return { all: Number.NaN, main: Number.NaN };
  return { all: ticks(`/proc/${pid}/stat`), main: ticks(`/proc/${pid}/task/${pid}/stat`) };
}

async function stampede(deliveries: number): Promise<boolean> {
  const env = { SLIPWAY_GITHUB_WEBHOOK_SECRET: secret };
  const before = await startLocalMode({ env, heap: "small" });
  for (let n = 1; n <= Number(values.apps); n++) {
    await apiAt(before.url).post("/api/apps", {
      name: `shop-${n}`,
      repoUrl: n === 1 ? repository : `${repository}${n}`,
    });
  }
  await before.stop();
  const local = await startLocalMode({ env, data: before.data, heap: "small" });
  try {
    const work = plainWorkMs();
    const before = processorMs(local.process.pid);
    const answers = await Promise.all(Array.from({ length: deliveries }, (_, n) => deliver(local.url, n + 1)));
    const after = processorMs(local.process.pid);
    const times = answers.map(({ ms }) => ms).sort((a, b) => a - b);
    const accepted = answers.filter(({ status }) => status === 202);
    const ids = new Set(accepted.map(({ id }) => id));
    const slowest = times.at(-1) ?? 0;
    const median = times[Math.floor(times.length / 2)] ?? 0;
    const columns = [
      deliveries,
      accepted.length,
      ids.size,
      median.toFixed(0),
      slowest.toFixed(0),
      (slowest / work).toFixed(1),
      ((after.main - before.main) / deliveries).toFixed(0),
      ((after.all - before.all) / deliveries).toFixed(0),
    ];
    console.log(columns.map((it) => String(it).padStart(12)).join(""));
    return ids.size === deliveries && slowest < bar;
  } finally {
    await local.stop();
    removeDirectory(local.data);
  }
}

const busy = Array.from({ length: Number(values.busy) }, () => new Worker("for (;;);", { eval: true }));
console.log(
  ["deliveries", "202", "deployments", "median ms", "slowest ms", "× work", "main ms", "all ms"]
    .map((it) => it.padStart(12))
    .join(""),
);
let isGood = true;
for (const deliveries of values.deliveries.split(",").map(Number)) isGood = (await stampede(deliveries)) && isGood;
for (const worker of busy) await worker.terminate();
process.exitCode = isGood ? 0 : 1;
