import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "@slipway/monitor/client";
import type { SmokeFlags } from "../operator/flags.ts";
import { Refused } from "../operator/refused.ts";
import type { Target } from "../operator/target.ts";
import { confirm, type Terminal } from "../operator/terminal.ts";
import { type InstallationOptions, throwAwayInstallation } from "./installation.ts";
import { countsOf, reportOf } from "./report.ts";
import { retryingFetch } from "./retrying-fetch.ts";
import { longestMinutes, runSteps } from "./run.ts";
import { type RunState, type StateFile, stateFile } from "./state.ts";
import { smokeSteps } from "./steps/all.ts";
import { cuttableSockets } from "./steps/sockets.ts";
import type { Need, Session, Source, StepDeps } from "./steps/step.ts";

export interface SmokeDeps
  extends Pick<InstallationOptions, "cdk" | "buildDashboard" | "newToken" | "keepBuildKit" | "clients"> {
  /** `null`: the run has no account, but a server. */
  readonly target: Target | null;
  readonly terminal: Terminal;
  readonly source: () => Promise<Source>;
  readonly webhookSecret: string | null;
  /** Random lower-case hex digits. */
  readonly randomHex: (length: number) => string;
  readonly versions: Readonly<Record<string, string>>;
  readonly now: () => number;
  readonly interrupted: AbortSignal;
}

/** Figures of docs/smoke.md. */
const cost = "It costs about $0.40, and $2 at most, for everything is deleted at the end.";

/** Carries out a smoke run, or goes on with one. Answers the exit code: 0 where everything passed. Throws `Refused`. */
export async function smoke(flags: SmokeFlags, deps: SmokeDeps): Promise<0 | 1> {
  const { target, terminal } = deps;
  const file = stateFile(flags.data);
  const state = await begun(file, flags, deps);
  const secrets = [flags.token, deps.webhookSecret, target?.account, target?.caller].filter(
    (one) => typeof one === "string",
  );
  terminal.say(introduction(state, deps));
  const question = "Go on? [y/N] ";
  await confirm(terminal, { yes: flags.yes, question, expected: ["y", "yes", "Y"] });
  file.write(state);
  const retrying = retryingFetch();
  const hide = (secret: string): void => void secrets.push(secret);
  const { stepDeps, has } = surroundings(flags, deps, state, { hide, fetch: retrying.fetch });
  const results = new Map(Object.entries(state.results));
  const reportPath = join(flags.data, "report.md");
  const keep = (name: string, result: RunState["results"][string]): void => {
    results.set(name, result);
    state.results[name] = result;
    file.write(state);
  };
  await runSteps({
    ...deps,
    pace: paceOf(deps),
    steps: smokeSteps,
    deps: stepDeps,
    has,
    startedAt: state.startedAt,
    say: terminal.say,
    results,
    keep,
  });
  mkdirSync(flags.data, { recursive: true });
  writeFileSync(
    reportPath,
    reportOf({
      state,
      steps: smokeSteps,
      versions: { ...deps.versions, "failed answers, asked for again": String(retrying.repeated()) },
      secrets,
    }),
    { mode: 0o600 },
  );
  return concluded(state, file, { terminal, reportPath });
}

/** The run to go on with, or a new one. */
async function begun(file: StateFile, flags: SmokeFlags, deps: SmokeDeps): Promise<RunState> {
  const target = targetWords(flags, deps);
  const earlier = file.read();
  if (earlier === null) {
    const name = `smoke-${deps.randomHex(6)}`;
    return { format: 1, name, target, source: await deps.source(), startedAt: deps.now(), results: {} };
  }
  if (earlier.target === target) return earlier;
  throw new Refused(
    `The run ${earlier.name} of ${flags.data} is not over, and it works on ${earlier.target}, not on ${target}. Go on with that one, or name another directory with --data.`,
  );
}

const targetWords = ({ url }: SmokeFlags, { target }: SmokeDeps): string =>
  target === null ? `the server at ${url}` : `the account ${target.account} in ${target.region}`;

const paceOf = ({ target }: Pick<SmokeDeps, "target">): number => (target === null ? 4 : 1);

function introduction({ name, target, source, startedAt, results }: RunState, deps: SmokeDeps): string {
  const { target: account, now } = deps;
  const isOld = Object.keys(results).length > 0;
  const minutes = Math.round((now() - startedAt) / 60_000);
  const head = isOld ? `Go on with a smoke run that began ${minutes} minutes ago` : "Smoke run";
  const money = account === null ? "Its apps are deleted at the end; nothing else of the server is touched." : cost;
  return `${head}
  name     ${name}
  target   ${target}
  source   ${source.repoUrl} (${source.branch}, ${source.rootDir})
It takes ${paceOf(deps) * longestMinutes.run} minutes at most. ${money}
`;
}

interface Surroundings {
  readonly stepDeps: Omit<StepDeps, "signal">;
  readonly has: ReadonlySet<Need>;
}

function surroundings(
  { url, token, lines: logLines, context }: SmokeFlags,
  deps: SmokeDeps,
  { name, source }: RunState,
  { hide, fetch }: Pick<InstallationOptions, "hide" | "fetch">,
): Surroundings {
  const { target, webhookSecret } = deps;
  if (target !== null) {
    const installation = throwAwayInstallation({ ...deps, target, name, context, hide, fetch });
    const stepDeps = { name, source, logLines, installation, session: once(installation.session) };
    return { stepDeps, has: new Set(["account", "webhook secret"]) };
  }
  const sockets = cuttableSockets();
  const client = createClient({
    baseUrl: url ?? "",
    fetch,
    WebSocket: sockets.WebSocket,
    ...(token === null ? {} : { token }),
  });
  const session = async (): Promise<Session> => ({ client, sockets, webhookSecret });
  const has: Need[] = webhookSecret === null ? ["server"] : ["server", "webhook secret"];
  return { stepDeps: { name, source, logLines, installation: null, session }, has: new Set(has) };
}

/** What succeeded is not asked for again. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | null = null;
  return () => {
    answer ??= ask().catch((error) => {
      answer = null;
      throw error;
    });
    return answer;
  };
}

interface Ending {
  readonly terminal: Terminal;
  readonly reportPath: string;
}

function concluded(state: RunState, file: StateFile, { terminal, reportPath }: Ending): 0 | 1 {
  const { passed, failed, "not run": notRun } = countsOf(state);
  const isClean = smokeSteps.every(
    ({ phase, name }) => phase !== "after" || ["passed", "skipped"].includes(state.results[name]?.outcome ?? ""),
  );
  // What is not cleaned up is tried again by the next run.
  if (isClean) file.remove();
  else terminal.say(`\nNot everything was deleted. Run npm run smoke again to go on with ${state.name}.`);
  terminal.say(`\nThe report is in ${reportPath}. It has no secrets.`);
  terminal.say(`${passed} passed, ${failed + notRun} failed`);
  return failed + notRun === 0 ? 0 : 1;
}
