import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { createProcesses } from "@slipway/local-aws/containers/processes/processes";
import { systemClock } from "@slipway/local-aws/kernel/clock";
import { StartRefused } from "@slipway/local-aws/kernel/refusal";
import { createClient } from "@slipway/monitor/client";
import { registryDirectory } from "slipway/local-access/registry";
import { hasScreen, openInBrowser } from "slipway/terminal/browser";
import { builtDashboard } from "../lib/checkout/dashboard.ts";
import { nodeRunner } from "../lib/checkout/run-node.ts";
import { type LocalSignIn, openLocalSignIn } from "../lib/local-mode/access/sign-in.ts";
import { correctAppAddresses } from "../lib/local-mode/app-addresses.ts";
import { runDemo } from "../lib/local-mode/demo.ts";
import { type Options, readOptions, usage } from "../lib/local-mode/options.ts";
import { nextSteps, readyScreen } from "../lib/local-mode/screen.ts";
import { type Local, startLocal } from "../lib/local-mode/start.ts";
import { seedAdminToken } from "../lib/operator/admin-token.ts";
import { dashboardFiles } from "../lib/operator/dashboard-files.ts";

const root = resolve(import.meta.dirname, "..");
const example = join(root, "examples/hello");
const busy = 3;

/** Reads what was asked for, or ends with a sentence. */
function options(): Options {
  if (process.argv.includes("--help")) return say(usage, 0);
  try {
    const given = readOptions(process.argv.slice(2), process.env);
    if (!given.endAfterDemo) return given;
    return { ...given, port: 0, data: mkdtempSync(join(tmpdir(), "slipway-demo-")) };
  } catch (error) {
    return say(error instanceof Error ? error.message : String(error), 2);
  }
}

function say(sentence: string, exitCode: number): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(exitCode);
}

async function start(given: Options): Promise<Local> {
  try {
    return await startLocal(given, process.env);
  } catch (error) {
    if (error instanceof StartRefused) return say(error.message, busy);
    throw error;
  }
}

/** `npm` hands Ctrl-C on to a process that has it from the terminal already: within this it is the same wish. */
const sameWishMs = 2000;

/** However the end comes, nothing is left behind; a further signal after that does not wait. */
function endWith(close: () => Promise<void>): (code: number) => Promise<never> {
  let ending: Promise<void> | null = null;
  let wishedAt = 0;
  const end = async (code: number): Promise<never> => {
    // Timers of the local mode do not keep the process alive, and what is closed may wait for one.
    const alive = setInterval(() => {}, 1000);
    wishedAt = performance.now();
    ending ??= close();
    await ending;
    clearInterval(alive);
    process.exit(code);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (ending === null) void end(0);
      else if (performance.now() - wishedAt > sameWishMs) process.exit(1);
    });
  }
  const parent = process.ppid;
  const orphaned = setInterval(() => process.ppid !== parent && ending === null && void end(0), 500);
  orphaned.unref();
  return end;
}

/** Where apps with a domain are, and what to trust. */
const domainSentence = ({ url, authorityFile }: NonNullable<Local["appsOverTls"]>): string =>
  `Apps are at ${url.replace("{name}", "<app>")}. Their certificates are signed by ${authorityFile}: trust it in your browser, or use curl --cacert.`;

async function isHealthy(url: string): Promise<void> {
  const deadline = Date.now() + 120_000;
  const client = createClient({ baseUrl: url });
  for (;;) {
    try {
      await client.health();
      return;
    } catch (error) {
      if (Date.now() > deadline)
        throw new Error("The local mode started, but GET /api/health does not answer 200.", { cause: error });
      await new Promise((resume) => setTimeout(resume, 50));
    }
  }
}

/** Prints the apps that have another address than before, since another program took their ports meanwhile. */
async function reportMovedApps({ awsEndpoint: endpoint, region, credentials, provision, appAddresses }: Local) {
  const table = provision.outputs.AppsTable ?? "";
  for (const { id, from, to } of await correctAppAddresses(table, appAddresses, { endpoint, region, credentials })) {
    process.stdout.write(`Another program answers at ${from}: app ${id} is at ${to} now.\n`);
  }
}

/** What `npm run deploy` does after the template is deployed, the dashboard's files and the first token; and the ways in that only a laptop has. */
async function furnish(
  { awsEndpoint: endpoint, region, credentials, provision: { outputs }, url, serveFiles }: Local,
  dashboard: string,
): Promise<LocalSignIn> {
  const aws = { endpoint, region, credentials };
  const tables = { tokens: outputs.TokensTable ?? "", counters: outputs.CountersTable ?? "" };
  await serveFiles(outputs.DashboardBucket ?? "", await dashboardFiles(dashboard));
  if (given.adminToken !== null) await seedAdminToken(tables.tokens, given.adminToken, aws);
  const { auth } = given;
  const registry = registryDirectory(process.env, homedir());
  return openLocalSignIn({ auth, url, registry, env: process.env, dataDir: resolve(given.data), tables, aws });
}

/** Leads the browser of whoever sits here to a new sign-in link, and answers it; `null`: nobody signs in by one. */
async function invite(signIn: LocalSignIn): Promise<string | null> {
  if (given.endAfterDemo) return null;
  const link = await signIn.link();
  if (link === null) return null;
  const isWatched = process.stdout.isTTY === true && hasScreen(process.env, process.platform);
  if (given.open && isWatched) void openInBrowser(runQuietly, process.platform, pathToFileURL(link.page).href);
  return link.url;
}

/** Runs a program whose output nobody needs. */
const runQuietly = (program: string, args: readonly string[]): Promise<{ code: number | null }> =>
  new Promise((done) => {
    const child = spawn(program, args, { stdio: "ignore", detached: true });
    child.once("error", () => done({ code: null }));
    child.once("exit", (code) => done({ code }));
    child.unref();
  });

const given = options();
process.stdout.write("Slipway is starting …\n");
const makers = createProcesses(systemClock);
const dashboard = builtDashboard(root, nodeRunner(makers, root, process.env));
// A failure is reported where it is awaited below.
dashboard.catch(() => {});
const local = await start(given);
let signIn: LocalSignIn | null = null;
const end = endWith(async () => {
  await signIn?.close();
  await makers.close();
  await local.close();
  if (given.endAfterDemo) rmSync(given.data, { recursive: true, force: true });
});
signIn = await furnish(local, await dashboard);
await isHealthy(local.url);
await reportMovedApps(local);
process.stdout.write(`Slipway is ready at ${local.url}\n`);
process.stdout.write(
  readyScreen({
    url: local.url,
    engine: local.engine,
    whyEngine: local.whyEngine,
    data: given.data,
    link: await invite(signIn),
    messages: signIn.messages,
  }),
);
if (local.appsOverTls !== null) process.stdout.write(`${domainSentence(local.appsOverTls)}\n`);
const token = signIn.token ?? given.adminToken;
if (given.demo && given.auth === "required" && token === null) {
  process.stdout.write("The example is not deployed: that needs a token, and SLIPWAY_ADMIN_TOKEN is not set.\n");
} else if (given.demo) {
  const succeeded = await runDemo({
    url: local.url,
    example,
    dataDir: given.data,
    token,
    authorityFile: local.appsOverTls?.authorityFile ?? null,
    screen: process.stdout,
  });
  if (given.endAfterDemo) await end(succeeded ? 0 : 1);
}
if (!given.endAfterDemo) process.stdout.write(nextSteps(local.url, join(root, "node_modules/.bin/slipway")));
