import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { apiAt } from "../test/support/api.ts";
import { chattyApp, healthyApp } from "../test/support/apps.ts";
import { openBrowser } from "../test/support/browser.ts";
import { deploy, ends, registerApp } from "../test/support/deploying.ts";
import { removeDirectory, repository, startLocalMode } from "../test/support/local-mode.ts";
import { view } from "../test/support/viewer.ts";
import { baselines } from "./baselines.ts";
import { scrollFrames, watchInBrowser } from "./browser.ts";
import { commandLineStarts } from "./command-line.ts";
import { type Measurement, summary } from "./measurement.ts";
import { sizes } from "./sizes.ts";

/**
 * Measures what people wait for, each as a ratio against a baseline of the same run: a bare HTTP server, a bare socket.
 * Prints a table and leaves JSON in bench/results/.
 */

const lines = 200;
const clock = () => performance.now();

const started = clock();
const local = await startLocalMode({ heap: "small" });
const startUp = clock() - started;
const api = apiAt(local.url);
const bare = await baselines(200);

const commands = await commandLineStarts(10);

const reads: number[] = [];
for (let i = 0; i < 100; i++) {
  const before = clock();
  await api.get("/api/health");
  reads.push(clock() - before);
}

const stamped = repository(stampedApp());
const app = await api.post("/api/apps", {
  name: "bench",
  repoUrl: stamped.path,
  healthCheckPath: "/healthz",
});
const asked = clock();
const deployment = await api.post("/api/deployments", { appId: app.body.data.id });
const created = clock() - asked;
const viewer = await view(local.url, `id=${deployment.body.id}`);
const seen: number[] = [];
const noted = new Set<number>();
const statuses: number[] = [];
const finished = viewer.until("the end", (event) => {
  const now = Date.now();
  const index = viewer.events.indexOf(event);
  if (!noted.has(index)) {
    noted.add(index);
    const stamp = /^stamp (\d+)/.exec(String(event.data.line ?? ""))?.[1];
    if (stamp !== undefined) seen.push(now - Number(stamp));
    if (event.type === "status" && event.data.stage !== "pending") statuses.push(now - Date.parse(event.timestamp));
  }
  return event.type === "status" && event.data.log_complete === true;
});
await finished;
const whole = clock() - asked;

const browser = await openBrowser();
// Of the same files the image would be reused.
stamped.commit({ "again.txt": "again" }, "Again");
const again = await deploy(api, app.body.data.id);
const end = await watchInBrowser(browser, local.url, again);
const notes = await end();
const { timeline } = (await api.get(`/api/deployments/${again}`)).body.data;
const shownLate = timeline.flatMap(({ stage, entered_at }: { stage: string; entered_at: string }) => {
  const at = notes.stages[stage];
  return at === undefined || stage === "pending" ? [] : [at - Date.parse(entered_at)];
});
const long = await registerApp(api, longLog(100_000), { name: "long", healthCheckPath: "/healthz" });
const longId = await deploy(api, long.id);
await ends(api, longId, 120);
const frames = await scrollFrames(browser, local.url, longId);
await browser.close();
const bundles = await sizes();

await local.stop();
removeDirectory(local.data);

const measurements: Measurement[] = [
  summary("GET /api/health", reads, "bare HTTP request", bare.http),
  summary("POST /api/deployments", [created], "bare HTTP request", bare.http),
  summary("printed line to socket", seen, "bare socket message", bare.socket),
  summary("status write to socket", statuses, "bare socket message", bare.socket),
  summary(
    "printed line to the page",
    notes.lines.map(({ printed, seen: at }) => at - printed),
    "bare socket message",
    bare.socket,
  ),
  summary("stage written to the page", shownLate, "bare socket message", bare.socket),
  summary("a frame while 100,000 lines are scrolled", frames.scrolling, "a frame while nothing happens", frames.idle),
  summary("the client in a page", [bundles.client], "React DOM", [bundles.reactDom], "bytes"),
  summary("the monitor and the client in a page", [bundles.monitor], "React DOM", [bundles.reactDom], "bytes"),
  summary("slipway --version", commands, "bare Node process", bare.process),
  summary("start-up until ready", [startUp], "bare Node process", bare.process),
  summary("a whole deployment", [whole], "bare Node process", bare.process),
];
console.table(measurements);
const folder = join(import.meta.dirname, "results");
mkdirSync(folder, { recursive: true });
writeFileSync(
  join(folder, `${new Date().toISOString().replaceAll(":", "-")}.json`),
  `${JSON.stringify(measurements, null, 2)}\n`,
);

/** Prints the time with each line, so that its way can be measured. */
function stampedApp(): Record<string, string> {
  const files = chattyApp(lines, 50);
  return {
    ...files,
    "chatter.mjs": (files["chatter.mjs"] ?? "").replace(
      '"line " + ++printed',
      '"stamp " + Date.now() + " " + ++printed',
    ),
  };
}

/** Prints so many lines at once. */
function longLog(count: number): Record<string, string> {
  const script = `process.stdout.write(Array.from({ length: ${count} }, (_, index) => "line " + (index + 1)).join("\\n") + "\\n");`;
  return { ...healthyApp("long", ["node chatter.mjs"]), "chatter.mjs": script };
}
