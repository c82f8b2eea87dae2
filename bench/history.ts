import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openState } from "@slipway/local-aws/kernel/state";
import * as z from "zod";
import { apiAt } from "../test/support/api.ts";
import { healthyApp } from "../test/support/apps.ts";
import { deploy, ends, registerApp } from "../test/support/deploying.ts";
import { removeDirectory, startLocalMode } from "../test/support/local-mode.ts";

/**
 * What history costs: looking one service up among rows that were put in directly, and deployments of one image, one after
 * the other, in a local mode. Prints resident memory, seconds and processor seconds a deployment, and ends with 1 when memory
 * is above the bar or the last ones took more than 20 % more work than the first: processor time in multiples of a baseline
 * that is measured beside each, so that other work on the machine does not count.
 *
 *   node bench/history.ts [--deployments 100] [--rows 5000] [--idle 350] [--bar 500]
 */
const { values } = parseArgs({
  options: {
    deployments: { type: "string", default: "100" },
    rows: { type: "string", default: "5000" },
    idle: { type: "string", default: "350" },
    bar: { type: "string", default: "500" },
  },
});

function lookups(rows: number): void {
  const directory = mkdtempSync(join(tmpdir(), "slipway-history-"));
  const state = openState(directory);
  const schema = z.object({ service: z.string(), text: z.string() });
  const things = state.collection("things", schema, { service: ({ service }) => service });
  for (let n = 0; n < rows; n++)
    things.put(String(n), { service: `service-${n % (rows / 10)}`, text: "x".repeat(2000) });
  const measure = (what: string, run: () => unknown[]): number => {
    const begun = performance.now();
    const { length } = run();
    const ms = performance.now() - begun;
    console.log(`${what.padEnd(30)} ${String(length).padStart(6)} rows ${ms.toFixed(1).padStart(8)} ms`);
    return ms;
  };
  const all = measure(`all of ${rows}`, () => things.all());
  const ten = measure(`those of one service of ${rows}`, () => things.where("service", "service-7"));
  console.log(`ratio ${(all / ten).toFixed(0)}`);
  state.close();
  rmSync(directory, { recursive: true });
}

const residentMb = (pid: number | undefined): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;

/** Processor time so far, in seconds; Linux only. It does not depend on what else runs. */
function processorSeconds(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const text = JSON.stringify(Array.from({ length: 20_000 }, (_, n) => ({ n, name: `row ${n}`, at: [n, n + 1] })));

/** Processor seconds of the same work each time: what a second is worth on this machine at this moment. */
function baseline(): number {
  const { user: before } = process.cpuUsage();
  for (let n = 0; n < 3; n++) JSON.parse(text);
  return (process.cpuUsage().user - before) / 1e6;
}

const median = (some: readonly number[]): number => some.toSorted((a, b) => a - b)[Math.floor(some.length / 2)] ?? 0;

/** What the last fifth took, in multiples of what the first took. */
function growth(measured: readonly number[]): number {
  const part = Math.max(1, Math.floor(measured.length / 5));
  return median(measured.slice(-part)) / median(measured.slice(0, part));
}

async function deployments(count: number): Promise<boolean> {
  // Health checks that do not take most of the time.
  const local = await startLocalMode({ args: ["--minute", "1s"], healthCheckSecond: "150ms", heap: "small" });
  try {
    const api = apiAt(local.url);
    const idle = residentMb(local.process.pid);
    console.log(`just started ${idle.toFixed(0)} MB`);
    const app = await registerApp(api, healthyApp("one"), {
      name: "shop",
      healthCheckPath: "/healthz",
      afterRollback: "resume",
    });
    const first = await deploy(api, app.id);
    await ends(api, first, 120);
    const seconds: number[] = [];
    const worked: number[] = [];
    const relative: number[] = [];
    // The last one: an older release is not kept for ever.
    let last = first;
    for (let n = 1; n <= count; n++) {
      let answer = await api.post(`/api/deployments/${last}/rollback`, {});
      for (; answer.status === 429; answer = await api.post(`/api/deployments/${last}/rollback`, {}))
        await new Promise((resume) => setTimeout(resume, 1000));
      // From here on: what the rate limit makes wait is not the deployment's time.
      const begun = performance.now();
      const workedBefore = processorSeconds(local.process.pid);
      last = answer.body.id;
      await ends(api, last, 120);
      seconds.push((performance.now() - begun) / 1000);
      worked.push(processorSeconds(local.process.pid) - workedBefore);
      relative.push((worked.at(-1) ?? 0) / baseline());
      if ([1, 10, 25, 50].includes(n) || n % 100 === 0)
        console.log(
          `${n} deployments ${residentMb(local.process.pid).toFixed(0)} MB, ${seconds.at(-1)?.toFixed(2)} s, processor ${worked.at(-1)?.toFixed(2)} s`,
        );
    }
    const resident = residentMb(local.process.pid);
    console.log(
      `the last fifth took ${growth(seconds).toFixed(2)} of the time, ${growth(worked).toFixed(2)} of the processor time and ` +
        `${growth(relative).toFixed(2)} of the work of the first (${median(worked).toFixed(2)} s); ${resident.toFixed(0)} MB`,
    );
    return idle <= Number(values.idle) && resident <= Number(values.bar) && growth(relative) <= 1.2;
  } catch (error) {
    console.log(local.output().slice(-4000));
    throw error;
  } finally {
    await local.stop();
    removeDirectory(local.data);
  }
}

lookups(Number(values.rows));
process.exitCode = (await deployments(Number(values.deployments))) ? 0 : 1;
