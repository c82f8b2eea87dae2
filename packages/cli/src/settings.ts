import type { App, CreateApp, Strategy } from "@slipway/monitor/client";
import type { Given, Option } from "./command.ts";
import type { Context } from "./context.ts";
import { UsageError } from "./failure.ts";
import { gitTokenGiven, secretsGiven } from "./secrets.ts";

type Field = keyof CreateApp;

/** How a setting is typed. */
type Kind =
  | { readonly kind: "text" | "number" | "list"; readonly value: string }
  | { readonly kind: "choice"; readonly choices: readonly string[] }
  | { readonly kind: "switch" }
  /** Has flags of its own, below. */
  | { readonly kind: "variables" | "secrets" | "token" | "strategy" | "alarms" | "file only" };

type Setting = Kind & { readonly summary: string };

/** Every setting of an app, as the API names it. The flag is the same in kebab-case. */
export const settings: Readonly<Record<Field, Setting>> = {
  name: { kind: "text", value: "label", summary: "a DNS label, unique" },
  repoUrl: { kind: "text", value: "address", summary: "of the Git repository" },
  branch: { kind: "text", value: "branch", summary: "that pushes are followed on (main)" },
  rootDir: { kind: "text", value: "folder", summary: "that is built, in the repository (.)" },
  dockerfile: { kind: "text", value: "path", summary: "relative to the root directory (Dockerfile)" },
  port: { kind: "number", value: "port", summary: "that the app listens on, told it in PORT (3000)" },
  healthCheckPath: { kind: "text", value: "path", summary: "that answers 200 to 399 when the app is healthy (/)" },
  cpu: { kind: "number", value: "units", summary: "256, 512, 1024, 2048 or 4096 (256)" },
  memory: { kind: "number", value: "MB", summary: "that goes with the CPU units (512)" },
  instances: { kind: "number", value: "count", summary: "that run at a time (1)" },
  env: { kind: "variables", summary: "an environment variable, NAME=value; others stay" },
  gitToken: { kind: "token", summary: "reads the repository over HTTPS: it is asked for, or read from standard input" },
  secrets: { kind: "secrets", summary: "a secret variable: its value is asked for, or read from standard input" },
  strategy: { kind: "strategy", summary: "how a release gets its traffic (rolling)" },
  approval: { kind: "choice", choices: ["none", "required"], summary: "before a release (none)" },
  approvers: {
    kind: "list",
    value: "names",
    summary: "who may approve, separated by commas; nobody named: every deployer",
  },
  approvalExpiryMinutes: { kind: "number", value: "minutes", summary: "that an approval is waited for (1440)" },
  allowSelfApproval: { kind: "switch", summary: "whether whoever asked for it may approve (true)" },
  onNewPush: {
    kind: "choice",
    choices: ["queue_latest", "cancel_running"],
    summary: "while a deployment runs (queue_latest)",
  },
  afterRollback: { kind: "choice", choices: ["hold", "resume"], summary: "what becomes of the next pushes (hold)" },
  keepReleases: { kind: "number", value: "count", summary: "that can be rolled back to (10)" },
  autoRollback: { kind: "switch", summary: "whether a release that fails is undone (true)" },
  alarms: { kind: "alarms", summary: "what undoes a release while it bakes" },
  watchPaths: {
    kind: "list",
    value: "patterns",
    summary: "only pushes that change these paths are deployed; separated by commas",
  },
  notifications: { kind: "file only", summary: "in a file for --from" },
};

const strategies: readonly Strategy["type"][] = ["rolling", "blue_green", "linear", "canary"];

/** What belongs to some strategies only; the names are those of the API, smoke checks apart. */
const strategyNumbers: Readonly<Record<string, string>> = {
  bakeMinutes: "minutes that the earlier version stays ready",
  stepPercent: "of traffic a step, linear only",
  stepBakeMinutes: "minutes after each step, linear only",
  percent: "of traffic that a canary gets",
  canaryBakeMinutes: "minutes that a canary is watched",
};

/** What trips while a release bakes; the names are those of the API. */
const alarmNumbers: Readonly<Record<string, string>> = {
  errorPercent: "of a version's answers that may be server errors while it bakes, or off (5)",
  latencyMs: "that one answer in twenty may take longer than while it bakes, or off (off)",
};

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
      summary: "settings as JSON, as the API takes them; - is standard input; flags count before it",
    },
  ];
}

function optionsOf(name: string, setting: Setting, changing: boolean): readonly Option[] {
  const { summary } = setting;
  switch (setting.kind) {
    case "text":
    case "number":
    case "list":
      return [{ name, value: setting.value, summary }];
    case "choice":
      return [{ name, value: "which", choices: setting.choices, summary }];
    case "switch":
      return [{ name, value: "whether", choices: ["true", "false"], summary }];
    case "variables":
      return [
        { name, value: "NAME=value", many: true, summary },
        ...(changing
          ? [{ name: "unset-env", value: "NAME", many: true, summary: "takes an environment variable away" }]
          : []),
      ];
    case "secrets":
      return [
        { name: "secret", value: "NAME", many: true, summary },
        ...(changing ? [{ name: "unset-secret", value: "NAME", many: true, summary: "takes a secret away" }] : []),
      ];
    case "strategy":
      return [
        { name, value: "which", choices: strategies, summary },
        ...Object.entries(strategyNumbers).map(([field, of]) => ({ name: flagOf(field), value: "n", summary: of })),
        { name: "smoke-path", value: "path", summary: "asked of the new version before it gets traffic" },
        { name: "smoke-status", value: "status", summary: "that it must answer (200)" },
        ...(changing ? [{ name: "unset-smoke-check", summary: "takes the smoke check away" }] : []),
      ];
    case "token":
      return [{ name, summary }, ...(changing ? [{ name: `unset-${name}`, summary: "takes the Git token away" }] : [])];
    case "alarms":
      return Object.entries(alarmNumbers).map(([field, of]) => ({ name: flagOf(field), value: "n", summary: of }));
    case "file only":
      return [];
  }
}

/** The flag that a field of the API is typed with, as a sentence about it names it. */
export function flagFor(field: string): string {
  const [first = "", second = "", third = ""] = field.split(".");
  if (first === "env") return second === "" ? "--env" : `--env ${second}`;
  if (first === "secrets") return second === "" ? "--secret" : `--secret ${second}`;
  if (first === "notifications") return field;
  if (first === "alarms") return second === "" ? "--error-percent" : `--${flagOf(second)}`;
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
  const env = variablesGiven(given, before?.env ?? (base.env as Input | undefined) ?? {});
  const strategy = strategyGiven(given, before?.strategy ?? null);
  const alarms = alarmsGiven(given, before?.alarms ?? null);
  const secrets = await secretsGiven(context, given);
  const gitToken = await gitTokenGiven(context, given);
  return {
    ...base,
    ...Object.fromEntries(typed),
    ...(env === null ? {} : { env }),
    ...(strategy === null ? {} : { strategy }),
    ...(alarms === null ? {} : { alarms }),
    ...(gitToken === undefined ? {} : { gitToken }),
    ...(secrets === null ? {} : { secrets: { ...(base.secrets as Input | undefined), ...secrets } }),
  };
}

function readValue(flag: string, setting: Setting, text: string): unknown {
  switch (setting.kind) {
    case "text":
    case "choice":
      return text;
    case "number":
      return numberOf(flag, text);
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
  if (Number.isNaN(value))
    throw new UsageError(`--${flag} must be a number, and not ${text === "" ? "nothing" : text}.`);
  return value;
}

function variablesGiven(given: Given, before: Readonly<Record<string, unknown>>): Input | null {
  const set = given.list("env");
  const unset = new Set(given.list("unset-env"));
  if (set.length === 0 && unset.size === 0) return null;
  const kept = Object.entries(before).filter(([name]) => !unset.has(name));
  const added = set.map((text): [string, string] => {
    const at = text.indexOf("=");
    if (at < 1) throw new UsageError(`--env ${text} has no value: --env NAME=value.`);
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

const camelKeys = (value: object): Input =>
  Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      entry,
    ]),
  );

async function readJson({ world }: Context, file: string): Promise<Input> {
  const text = file === "-" ? await world.readInput() : await readFileOf(world.cwd, file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError(`${file} is not JSON.`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new UsageError(`${file} must hold a JSON object of settings.`);
  return { ...value };
}

async function readFileOf(cwd: string, file: string): Promise<string> {
  const [{ readFile }, { resolve }] = await Promise.all([import("node:fs/promises"), import("node:path")]);
  return readFile(resolve(cwd, file), "utf8").catch(() => {
    throw new UsageError(`${file} cannot be read.`);
  });
}
