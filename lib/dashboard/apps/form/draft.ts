import { commandLine, wordsOf } from "@slipway/text/words";
import type { CreateApp } from "./schemas.ts";

type Strategy = CreateApp["strategy"];

/** A name and a value in a list of them; `key` distinguishes rows while both are typed. */
export interface Variable {
  readonly key: number;
  readonly name: string;
  readonly value: string;
}

/** A secret's value is never shown again: one that is stored is kept, replaced or removed. */
export interface SecretDraft extends Variable {
  readonly state: "new" | "kept" | "replaced" | "removed";
}

/** An app's settings while they are typed: numbers are text until they are sent. Named as the API names the fields. */
export interface AppDraft {
  readonly repoUrl: string;
  readonly name: string;
  readonly branch: string;
  readonly rootDir: string;
  readonly dockerfile: string;
  readonly buildArgs: readonly Variable[];
  readonly buildSecrets: readonly SecretDraft[];
  /** Empty: the last stage. */
  readonly buildTarget: string;
  readonly buildCache: boolean;
  /** Empty: what the image says, as with the next. */
  readonly port: string;
  readonly healthCheckPath: string;
  readonly startupSeconds: string;
  readonly cpu: string;
  readonly memory: string;
  readonly instances: string;
  readonly env: readonly Variable[];
  readonly secrets: readonly SecretDraft[];
  /** One that is typed; a stored one is never shown again. */
  readonly gitToken: string;
  readonly storedGitToken: "none" | "kept" | "removed";
  readonly "strategy.type": Strategy["type"];
  readonly "strategy.bakeMinutes": string;
  readonly "strategy.stepPercent": string;
  readonly "strategy.stepBakeMinutes": string;
  readonly "strategy.percent": string;
  readonly "strategy.canaryBakeMinutes": string;
  readonly hasSmokeCheck: boolean;
  readonly "strategy.smokeCheck.path": string;
  readonly "strategy.smokeCheck.expectStatus": string;
  readonly approval: CreateApp["approval"];
  /** Separated by commas, like `watchPaths`. */
  readonly approvers: string;
  readonly approvalExpiryMinutes: string;
  readonly allowSelfApproval: boolean;
  readonly autoDeploy: boolean;
  readonly onNewPush: CreateApp["onNewPush"];
  readonly afterRollback: CreateApp["afterRollback"];
  readonly keepReleases: string;
  readonly autoRollback: boolean;
  /** Empty: no such alarm. */
  readonly "alarms.errorPercent": string;
  readonly "alarms.latencyMs": string;
  readonly watchPaths: string;
  /** As a command line; empty: none. */
  readonly releaseCommand: string;
  readonly releaseCommandMinutes: string;
  readonly runs: boolean;
  readonly logRetentionDays: string;
}

/** What is stored of an app apart from what is shown. */
type Shown = Omit<CreateApp, "secrets" | "buildSecrets" | "notifications" | "gitToken">;

/** What is stored and not shown again: names, and whether there is a token. */
interface Stored {
  readonly secrets?: readonly string[];
  readonly buildSecrets?: readonly string[];
  readonly hasGitToken?: boolean;
}

/** Settings as they are typed. */
export function draftOf(settings: Shown, { secrets = [], buildSecrets = [], hasGitToken = false }: Stored): AppDraft {
  const { strategy } = settings;
  return {
    repoUrl: settings.repoUrl,
    name: settings.name,
    branch: settings.branch,
    rootDir: settings.rootDir,
    dockerfile: settings.dockerfile,
    buildArgs: variablesOf(settings.buildArgs),
    buildSecrets: buildSecrets.map(keptSecret),
    buildTarget: settings.buildTarget ?? "",
    buildCache: settings.buildCache,
    port: String(settings.port ?? ""),
    healthCheckPath: settings.healthCheckPath ?? "",
    startupSeconds: String(settings.startupSeconds),
    cpu: String(settings.cpu),
    memory: String(settings.memory),
    instances: String(settings.instances),
    env: variablesOf(settings.env),
    secrets: secrets.map(keptSecret),
    gitToken: "",
    storedGitToken: hasGitToken ? "kept" : "none",
    ...strategyDraft(strategy),
    approval: settings.approval,
    approvers: settings.approvers.join(", "),
    approvalExpiryMinutes: String(settings.approvalExpiryMinutes),
    allowSelfApproval: settings.allowSelfApproval,
    autoDeploy: settings.autoDeploy,
    onNewPush: settings.onNewPush,
    afterRollback: settings.afterRollback,
    keepReleases: String(settings.keepReleases),
    autoRollback: settings.autoRollback,
    "alarms.errorPercent": String(settings.alarms.errorPercent ?? ""),
    "alarms.latencyMs": String(settings.alarms.latencyMs ?? ""),
    watchPaths: settings.watchPaths.join(", "),
    releaseCommand: commandLine(settings.releaseCommand ?? []),
    releaseCommandMinutes: String(settings.releaseCommandMinutes),
    runs: settings.runs,
    logRetentionDays: String(settings.logRetentionDays),
  };
}

const variablesOf = (values: Readonly<Record<string, string>>): Variable[] =>
  Object.entries(values).map(([name, value], key) => ({ key, name, value }));

const keptSecret = (name: string, key: number): SecretDraft => ({ key, name, value: "", state: "kept" });

/** The defaults of the API for what the strategy does not have, so that another one can be chosen. */
function strategyDraft(strategy: Strategy) {
  const all = {
    bakeMinutes: 5,
    stepPercent: 20,
    stepBakeMinutes: 1,
    percent: 10,
    canaryBakeMinutes: 5,
    ...strategy,
  };
  return {
    "strategy.type": strategy.type,
    "strategy.bakeMinutes": String(all.bakeMinutes),
    "strategy.stepPercent": String(all.stepPercent),
    "strategy.stepBakeMinutes": String(all.stepBakeMinutes),
    "strategy.percent": String(all.percent),
    "strategy.canaryBakeMinutes": String(all.canaryBakeMinutes),
    hasSmokeCheck: strategy.smokeCheck !== undefined,
    "strategy.smokeCheck.path": strategy.smokeCheck?.path ?? "/",
    "strategy.smokeCheck.expectStatus": String(strategy.smokeCheck?.expectStatus ?? 200),
  };
}

/** What the API would be sent; a schema says what is wrong with it. */
export function toInput(draft: AppDraft): Record<string, unknown> {
  return {
    repoUrl: draft.repoUrl.trim(),
    name: draft.name.trim(),
    branch: draft.branch.trim(),
    rootDir: draft.rootDir.trim(),
    dockerfile: draft.dockerfile.trim(),
    buildArgs: toVariables(draft.buildArgs),
    buildSecrets: Object.fromEntries(draft.buildSecrets.flatMap(toSecret)),
    buildTarget: draft.buildTarget.trim() === "" ? null : draft.buildTarget.trim(),
    buildCache: draft.buildCache,
    port: numberOrNone(draft.port),
    healthCheckPath: draft.healthCheckPath.trim() === "" ? null : draft.healthCheckPath.trim(),
    startupSeconds: number(draft.startupSeconds),
    cpu: number(draft.cpu),
    memory: number(draft.memory),
    instances: number(draft.instances),
    env: toVariables(draft.env),
    secrets: Object.fromEntries(draft.secrets.flatMap(toSecret)),
    ...toGitToken(draft),
    strategy: toStrategy(draft),
    approval: draft.approval,
    approvers: listed(draft.approvers),
    approvalExpiryMinutes: number(draft.approvalExpiryMinutes),
    allowSelfApproval: draft.allowSelfApproval,
    autoDeploy: draft.autoDeploy,
    onNewPush: draft.onNewPush,
    afterRollback: draft.afterRollback,
    keepReleases: number(draft.keepReleases),
    autoRollback: draft.autoRollback,
    alarms: {
      errorPercent: numberOrNone(draft["alarms.errorPercent"]),
      latencyMs: numberOrNone(draft["alarms.latencyMs"]),
    },
    watchPaths: listed(draft.watchPaths),
    releaseCommand: draft.releaseCommand.trim() === "" ? null : wordsOf(draft.releaseCommand),
    releaseCommandMinutes: number(draft.releaseCommandMinutes),
    runs: draft.runs,
    logRetentionDays: number(draft.logRetentionDays),
  };
}

/** Which fields each strategy has. */
export const strategyFields = {
  rolling: [],
  blue_green: ["bakeMinutes"],
  linear: ["stepPercent", "stepBakeMinutes", "bakeMinutes"],
  canary: ["percent", "canaryBakeMinutes", "bakeMinutes"],
} as const satisfies Record<Strategy["type"], readonly string[]>;

function toStrategy(draft: AppDraft): Record<string, unknown> {
  const type = draft["strategy.type"];
  const own = strategyFields[type].map((name) => [name, number(draft[`strategy.${name}`])]);
  const smokeCheck = {
    path: draft["strategy.smokeCheck.path"].trim(),
    expectStatus: number(draft["strategy.smokeCheck.expectStatus"]),
  };
  return { type, ...Object.fromEntries(own), ...(draft.hasSmokeCheck ? { smokeCheck } : {}) };
}

const toVariables = (rows: readonly Variable[]): Record<string, string> =>
  Object.fromEntries(rows.filter(isFilled).map(({ name, value }) => [name.trim(), value]));

function toSecret({ name, value, state }: SecretDraft): [string, string | null][] {
  if (state === "kept" || (state === "new" && name.trim() === "" && value === "")) return [];
  return [[name.trim(), state === "removed" ? null : value]];
}

function toGitToken({ gitToken, storedGitToken }: AppDraft): { gitToken?: string | null } {
  if (gitToken.trim() !== "") return { gitToken: gitToken.trim() };
  return storedGitToken === "removed" ? { gitToken: null } : {};
}

/** A row that nobody has typed into yet says nothing. */
const isFilled = ({ name, value }: Variable): boolean => name.trim() !== "" || value !== "";

/** Nothing typed is nothing given, and not 0. */
const number = (text: string): number => (text.trim() === "" ? Number.NaN : Number(text));

const numberOrNone = (text: string): number | null => (text.trim() === "" ? null : Number(text));

const listed = (text: string): string[] =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
