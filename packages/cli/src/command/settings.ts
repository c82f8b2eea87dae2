import type { App, CreateApp, Strategy } from "@slipway/monitor/client";
import { wordsOf } from "@slipway/text/words";
import { UsageError } from "../system/failure.ts";
import type { Given, Option } from "./command.ts";
import type { Context } from "./context.ts";
import { cronsGiven } from "./crons.ts";
import { processesGiven } from "./processes.ts";
import { gitTokenGiven, secretsGiven } from "./secrets.ts";

type Field = keyof CreateApp;

/** How a setting is typed. */
type Kind =
  | {
      readonly kind: "text" | "optional text" | "command" | "number" | "optional number" | "list";
      readonly value: string;
    }
  | { readonly kind: "choice"; readonly choices: readonly string[] }
  | { readonly kind: "switch" }
  /** `flag`: the flag for one of them. */
  | { readonly kind: "variables" | "secrets"; readonly flag: string; readonly removes: string }
  /** Has flags of its own, below. */
  | { readonly kind: "token" | "strategy" | "alarms" | "processes" | "crons" | "scaling" | "file only" };

type Setting = Kind & { readonly summary: string };

/** Every setting of an app, as the API names it. The flag is the same in kebab-case. */
export const settings: Readonly<Record<Field, Setting>> = {
  name: { kind: "text", value: "label", summary: "App name, a unique DNS label" },
  repoUrl: { kind: "text", value: "address", summary: "Git repository URL" },
  branch: { kind: "text", value: "branch", summary: "Branch whose pushes are deployed (default: main)" },
  rootDir: {
    kind: "text",
    value: "folder",
    summary: "Dockerfile directory, relative to the repository root (default: .)",
  },
  dockerfile: {
    kind: "text",
    value: "path",
    summary: "Dockerfile path, relative to the root directory (default: Dockerfile)",
  },
  buildArgs: {
    kind: "variables",
    flag: "build-arg",
    removes: "Remove a build argument",
    summary: "Set a build argument, which the Dockerfile declares with ARG; others are kept",
  },
  buildSecrets: {
    kind: "secrets",
    flag: "build-secret",
    removes: "Remove a build secret",
    summary: "Set a secret for RUN --mount=type=secret,id=NAME; prompts for its value, or reads standard input",
  },
  buildTarget: {
    kind: "optional text",
    value: "stage",
    summary: 'Stage of the Dockerfile to build; "" is the last one (default: the last one)',
  },
  buildCache: { kind: "switch", summary: "Reuse steps of earlier builds (default: true)" },
  architecture: {
    kind: "choice",
    choices: ["x86_64", "arm64"],
    summary: "What the image is built for and its tasks run on (default: x86_64)",
  },
  port: {
    kind: "optional number",
    value: "port",
    summary: 'Port the app listens on, passed to it as PORT; "" is the one its image exposes (default: 3000)',
  },
  healthCheckPath: {
    kind: "optional text",
    value: "path",
    summary: 'Health check path; "" is the one of the image\'s HEALTHCHECK (default: /)',
  },
  startupSeconds: {
    kind: "number",
    value: "seconds",
    summary: "How long the app may take to become healthy after its start (default: 60)",
  },
  healthCheckExpect: {
    kind: "text",
    value: "codes",
    summary: "Status codes of a healthy app, such as 200 or 200,302 (default: 200-399)",
  },
  stopSeconds: {
    kind: "number",
    value: "seconds",
    summary: "How long a task may take to stop after SIGTERM, up to 120 (default: 30)",
  },
  cpu: { kind: "number", value: "units", summary: "CPU units: 256, 512, 1024, 2048 or 4096 (default: 256)" },
  memory: { kind: "number", value: "MB", summary: "Memory in MB, within the range for the CPU units (default: 512)" },
  instances: { kind: "number", value: "count", summary: "Number of running instances (default: 1)" },
  scaling: { kind: "scaling", summary: "Use off to run as many instances as --instances says" },
  role: {
    kind: "optional text",
    value: "name",
    summary: 'IAM role of the app, see slipway roles; "" is one without permissions (default: none)',
  },
  env: {
    kind: "variables",
    flag: "env",
    removes: "Remove an environment variable",
    summary: "Set an environment variable; others are kept",
  },
  gitToken: {
    kind: "token",
    summary: "Set the token for reading the repository over HTTPS; prompts, or reads standard input",
  },
  secrets: {
    kind: "secrets",
    flag: "secret",
    removes: "Remove a secret",
    summary: "Set a secret variable; prompts for its value, or reads standard input",
  },
  strategy: { kind: "strategy", summary: "How traffic moves to a new release (default: rolling)" },
  approval: { kind: "choice", choices: ["none", "required"], summary: "Approval before a release (default: none)" },
  approvers: {
    kind: "list",
    value: "names",
    summary: "Comma-separated names of approvers; if empty, every deployer may approve",
  },
  approvalExpiryMinutes: {
    kind: "number",
    value: "minutes",
    summary: "Minutes until an approval request expires (default: 1440)",
  },
  allowSelfApproval: { kind: "switch", summary: "Allow people to approve their own deployments (default: true)" },
  autoDeploy: { kind: "switch", summary: "Deploy pushes automatically (default: true)" },
  pauseReason: {
    kind: "optional text",
    value: "text",
    summary: 'Why pushes are not deployed, shown beside your name; "" is none (default: none)',
  },
  onNewPush: {
    kind: "choice",
    choices: ["queue_latest", "cancel_running"],
    summary: "What a push does while a deployment is running (default: queue_latest)",
  },
  afterRollback: {
    kind: "choice",
    choices: ["hold", "resume"],
    summary: "What pushes do after a rollback (default: hold)",
  },
  keepReleases: { kind: "number", value: "count", summary: "Number of releases to keep for rollbacks (default: 10)" },
  autoRollback: { kind: "switch", summary: "Roll back failed releases automatically (default: true)" },
  alarms: { kind: "alarms", summary: "Alarms that roll back a release while it bakes" },
  watchPaths: {
    kind: "list",
    value: "patterns",
    summary: "Comma-separated patterns; deploy only pushes that change a matching path",
  },
  releaseCommand: {
    kind: "command",
    value: "command",
    summary: "Command to run once before a release gets traffic, such as 'npm run migrate'; empty for none",
  },
  releaseCommandMinutes: {
    kind: "number",
    value: "minutes",
    summary: "Stop the release command after this time (default: 15)",
  },
  processes: { kind: "processes", summary: "Run a command all the time beside web" },
  crons: { kind: "crons", summary: "Run a command by a schedule" },
  runs: { kind: "switch", summary: "Allow one-off commands (default: true)" },
  logRetentionDays: {
    kind: "number",
    value: "days",
    summary: "How long to keep what the app prints, such as 7, 30 or 90 days (default: 30)",
  },
  renameGraceDays: {
    kind: "number",
    value: "days",
    summary: "How long an old name redirects after a change of name, with a domain (default: 7)",
  },
  internal: {
    kind: "switch",
    summary: "Only apps of the installation reach it, at a private name; cannot be changed later (default: false)",
  },
  domains: {
    kind: "list",
    value: "names",
    summary: "Comma-separated domains of its own, such as shop.example.com; slipway domains shows their records",
  },
  notifications: { kind: "file only", summary: "Only in a file for --from" },
};

const strategies: readonly Strategy["type"][] = ["rolling", "blue_green", "linear", "canary"];

/** What belongs to some strategies only; the names are those of the API, smoke checks apart. */
const strategyNumbers: Readonly<Record<string, string>> = {
  bakeMinutes: "Minutes to keep the previous version ready",
  stepPercent: "Percent of traffic per step (linear only)",
  stepBakeMinutes: "Minutes to wait after each step (linear only)",
  percent: "Percent of traffic for the canary (canary only)",
  canaryBakeMinutes: "Minutes to watch the canary (canary only)",
};

/** What trips while a release bakes; the names are those of the API. */
const alarmNumbers: Readonly<Record<string, string>> = {
  errorPercent: "Maximum percent of server errors while a release bakes, or off (default: 5)",
  latencyMs: "Maximum p95 latency in milliseconds while a release bakes, or off (default: off)",
};

/** How an app scales; the names are those of the API. */
const scalingNumbers: Readonly<Record<string, string>> = {
  min: "Minimum number of instances of an app that scales",
  max: "Maximum number of instances of an app that scales",
  cpuPercent: "Average CPU use of the instances to keep, in percent",
  requestsPerTask: "Requests a minute for each instance to keep",
};
const scalingFlag = (field: string): string => `scale-${flagOf(field)}`;

export const flagOf = (field: string): string => field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The flags with which settings are typed. `changing`: those that take away, too. */
export function settingOptions(changing: boolean): readonly Option[] {
  const plain = Object.entries(settings).flatMap(([field, setting]) => optionsOf(flagOf(field), setting, changing));
  return [
    ...plain,
    {
      name: "from",
      value: "file",
      completes: "file",
      summary: "Read settings as JSON, as in the API; - reads standard input; flags take precedence",
    },
  ];
}

function optionsOf(name: string, setting: Setting, changing: boolean): readonly Option[] {
  const { summary } = setting;
  switch (setting.kind) {
    case "text":
    case "optional text":
    case "command":
    case "number":
    case "optional number":
    case "list":
      return [{ name, value: setting.value, summary }];
    case "choice":
      return [{ name, value: "which", choices: setting.choices, summary }];
    case "switch":
      return [{ name, value: "whether", choices: ["true", "false"], summary }];
    case "variables":
      return [{ name: setting.flag, value: "NAME=value", many: true, summary }, ...unsetOption(setting, changing)];
    case "secrets":
      return [{ name: setting.flag, value: "NAME", many: true, summary }, ...unsetOption(setting, changing)];
    case "strategy":
      return [
        { name, value: "which", choices: strategies, summary },
        ...Object.entries(strategyNumbers).map(([field, of]) => ({ name: flagOf(field), value: "n", summary: of })),
        { name: "smoke-path", value: "path", summary: "Path to check on the new version before it gets traffic" },
        { name: "smoke-status", value: "status", summary: "Status the smoke check expects (default: 200)" },
        ...(changing ? [{ name: "unset-smoke-check", summary: "Remove the smoke check" }] : []),
      ];
    case "token":
      return [{ name, summary }, ...(changing ? [{ name: `unset-${name}`, summary: "Remove the Git token" }] : [])];
    case "alarms":
      return Object.entries(alarmNumbers).map(([field, of]) => ({ name: flagOf(field), value: "n", summary: of }));
    case "processes":
      return [
        {
          name: "process",
          value: "'name: command'",
          many: true,
          summary: "Run a command all the time beside web, such as 'worker: npm run worker'; others are kept",
        },
        {
          name: "process-instances",
          value: "name=count",
          many: true,
          summary: "Number of instances of a process, such as worker=2 (default: 1)",
        },
        ...unsetOption({ flag: "process", removes: "Remove a process" }, changing),
      ];
    case "crons":
      return [
        {
          name: "cron",
          value: "'name: schedule: command'",
          many: true,
          summary: "Run a command by a schedule, such as 'nightly: 0 3 * * *: npm run report'; others are kept",
        },
        { name: "cron-timezone", value: "zone", summary: "Time zone of the crons given with --cron (default: UTC)" },
        ...unsetOption({ flag: "cron", removes: "Remove a cron" }, changing),
      ];
    case "scaling":
      return [
        { name, value: "off", choices: ["off"], summary },
        ...Object.entries(scalingNumbers).map(([field, of]) => ({ name: scalingFlag(field), value: "n", summary: of })),
      ];
    case "file only":
      return [];
  }
}

const unsetOption = ({ flag, removes }: { flag: string; removes: string }, changing: boolean): readonly Option[] =>
  changing ? [{ name: `unset-${flag}`, value: "NAME", many: true, summary: removes }] : [];

/** The flag that a field of the API is typed with, as a sentence about it names it. */
export function flagFor(field: string): string {
  const [first = "", second = "", third = ""] = field.split(".");
  const setting = Object.hasOwn(settings, first) ? settings[first as Field] : undefined;
  if (setting?.kind === "variables" || setting?.kind === "secrets")
    return second === "" ? `--${setting.flag}` : `--${setting.flag} ${field.slice(first.length + 1)}`;
  if (first === "notifications") return field;
  if (first === "processes") return third === "instances" ? "--process-instances" : "--process";
  if (first === "crons") return third === "timezone" ? "--cron-timezone" : "--cron";
  if (first === "alarms") return second === "" ? "--error-percent" : `--${flagOf(second)}`;
  if (first === "scaling" && Object.hasOwn(scalingNumbers, second)) return `--${scalingFlag(second)}`;
  if (first !== "strategy") return `--${flagOf(first)}`;
  if (second === "smokeCheck") return third === "expectStatus" ? "--smoke-status" : "--smoke-path";
  return second === "" || second === "type" ? "--strategy" : `--${flagOf(second)}`;
}

type Input = Record<string, unknown>;

/** What was typed, as the API takes it; `before`: the app that is changed, of which what is not named stays. */
export async function settingsGiven(context: Context, given: Given, before: App | null): Promise<Input> {
  const file = given.text("from");
  const base: Input = file === undefined ? {} : await readJson(context, file);
  const typed = Object.entries(settings).flatMap(([field, setting]): [string, unknown][] => {
    const text = given.text(flagOf(field));
    if (text === undefined) return [];
    const value = readValue(flagOf(field), setting, text);
    return value === undefined ? [] : [[field, value]];
  });
  const env = variablesGiven(given, "env", before?.env ?? (base.env as Input | undefined) ?? {});
  const args = before?.build_args ?? (base.buildArgs as Input | undefined) ?? {};
  const buildArgs = variablesGiven(given, "build-arg", args);
  const strategy = strategyGiven(given, before?.strategy ?? null);
  const alarms = alarmsGiven(given, before?.alarms ?? null);
  const crons = cronsGiven(given, before?.crons ?? base.crons ?? []);
  const processes = processesGiven(given, before?.processes ?? base.processes ?? []);
  const scaling = scalingGiven(given, before?.scaling ?? null);
  const secrets = await secretsGiven(context, given, "secret");
  const buildSecrets = await secretsGiven(context, given, "build-secret");
  const gitToken = await gitTokenGiven(context, given);
  return {
    ...base,
    ...Object.fromEntries(typed),
    ...(env === null ? {} : { env }),
    ...(buildArgs === null ? {} : { buildArgs }),
    ...(strategy === null ? {} : { strategy }),
    ...(alarms === null ? {} : { alarms }),
    ...(processes === null ? {} : { processes }),
    ...(crons === null ? {} : { crons }),
    ...(scaling === undefined ? {} : { scaling }),
    ...(gitToken === undefined ? {} : { gitToken }),
    ...(secrets === null ? {} : { secrets: { ...(base.secrets as Input | undefined), ...secrets } }),
    ...(buildSecrets === null
      ? {}
      : { buildSecrets: { ...(base.buildSecrets as Input | undefined), ...buildSecrets } }),
  };
}

function readValue(flag: string, setting: Setting, text: string): unknown {
  switch (setting.kind) {
    case "text":
    case "choice":
      return text;
    case "optional text":
      return text === "" ? null : text;
    case "command":
      return text.trim() === "" ? null : wordsOf(text);
    case "number":
      return numberOf(flag, text);
    case "optional number":
      return text === "" ? null : numberOf(flag, text);
    case "switch":
      return text === "true";
    case "list":
      return text
        .split(",")
        .map((part) => part.trim())
        .filter(Boolean);
    default:
      return undefined;
  }
}

export function numberOf(flag: string, text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isNaN(value)) throw new UsageError(`--${flag}: "${text}" is not a number.`);
  return value;
}

function variablesGiven(given: Given, flag: string, before: Readonly<Record<string, unknown>>): Input | null {
  const set = given.list(flag);
  const unset = new Set(given.list(`unset-${flag}`));
  if (set.length === 0 && unset.size === 0) return null;
  const kept = Object.entries(before).filter(([name]) => !unset.has(name));
  const added = set.map((text): [string, string] => {
    const at = text.indexOf("=");
    if (at < 1) throw new UsageError(`--${flag} ${text} has no value. Use --${flag} NAME=value.`);
    return [text.slice(0, at), text.slice(at + 1)];
  });
  return Object.fromEntries([...kept, ...added]);
}

/** Another strategy begins with its own defaults; the one that is there keeps what is not named. */
function strategyGiven(given: Given, before: Strategy | null): Input | null {
  const numbers = Object.keys(strategyNumbers).flatMap((field): [string, number][] => {
    const text = given.text(flagOf(field));
    return text === undefined ? [] : [[field, numberOf(flagOf(field), text)]];
  });
  const path = given.text("smoke-path");
  const status = given.text("smoke-status");
  const type = given.text("strategy");
  const isNamed = type !== undefined || numbers.length > 0 || path !== undefined || status !== undefined;
  if (!isNamed && !given.has("unset-smoke-check")) return null;
  const { smoke_check: check, ...own } = before ?? { type: "rolling" };
  const kept = type === undefined || type === own.type ? camelKeys(own) : { type };
  const smoke = {
    path: path ?? check?.path ?? "/",
    expectStatus: status === undefined ? (check?.expect_status ?? 200) : numberOf("smoke-status", status),
  };
  const hasSmoke = !given.has("unset-smoke-check") && (path ?? status ?? check) !== undefined;
  return { ...kept, ...Object.fromEntries(numbers), ...(hasSmoke ? { smokeCheck: smoke } : {}) };
}

function alarmsGiven(given: Given, before: App["alarms"] | null): Input | null {
  const typed = Object.keys(alarmNumbers).flatMap((field): [string, number | null][] => {
    const text = given.text(flagOf(field));
    if (text === undefined) return [];
    return [[field, text === "off" ? null : numberOf(flagOf(field), text)]];
  });
  return typed.length === 0 ? null : { ...camelKeys(before ?? {}), ...Object.fromEntries(typed) };
}

/** An app scales by one figure: whoever names one gives up the other. `undefined`: nothing was typed. */
function scalingGiven(given: Given, before: App["scaling"]): Input | null | undefined {
  const typed = Object.keys(scalingNumbers).flatMap((field): [string, number | null][] => {
    const text = given.text(scalingFlag(field));
    return text === undefined ? [] : [[field, numberOf(scalingFlag(field), text)]];
  });
  if (typed.length === 0) return given.text("scaling") === "off" ? null : undefined;
  const isNamed = (field: string): boolean => typed.some(([name]) => name === field);
  const withoutOther = isNamed("cpuPercent") ? { requestsPerTask: null } : { cpuPercent: null };
  const other = isNamed("cpuPercent") !== isNamed("requestsPerTask") ? withoutOther : {};
  return { ...camelKeys(before ?? {}), ...other, ...Object.fromEntries(typed) };
}

const camelKeys = (value: object): Input =>
  Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      entry,
    ]),
  );

/** `-`: standard input. */
export const readTextFile = ({ deps }: Context, file: string): Promise<string> =>
  file === "-" ? deps.readInput() : readFileOf(deps.cwd, file);

async function readJson(context: Context, file: string): Promise<Input> {
  const text = await readTextFile(context, file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError(`${file} is not valid JSON.`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new UsageError(`${file} must contain a JSON object of settings.`);
  return { ...value };
}

async function readFileOf(cwd: string, file: string): Promise<string> {
  const [{ readFile }, { resolve }] = await Promise.all([import("node:fs/promises"), import("node:path")]);
  return readFile(resolve(cwd, file), "utf8").catch(() => {
    throw new UsageError(`Can't read ${file}.`);
  });
}
