import { type CronDraft, cronDrafts, cronInputs } from "./cron-draft.ts";
import { fields, type PlainName, plainNames } from "./fields.ts";
import { kinds, numberOf, numberOrNone } from "./kinds.ts";
import { type ProcessDraft, processDrafts, processInputs } from "./process-draft.ts";
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

/** Settings of one control, as they are typed. */
type PlainDraft = {
  readonly [Name in PlainName]: ReturnType<(typeof kinds)[(typeof fields)[Name]["kind"]]["toDraft"]>;
};

/** An app's settings while they are typed: numbers are text until they are sent. Named as the API names the fields. */
export interface AppDraft extends PlainDraft {
  readonly buildArgs: readonly Variable[];
  readonly buildSecrets: readonly SecretDraft[];
  readonly cpu: string;
  readonly memory: string;
  readonly instances: string;
  /** By which figure an app scales; `none`: it does not. */
  readonly scalingBy: "none" | "cpuPercent" | "requestsPerTask";
  readonly "scaling.min": string;
  readonly "scaling.max": string;
  readonly "scaling.cpuPercent": string;
  readonly "scaling.requestsPerTask": string;
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
  readonly autoRollback: boolean;
  /** Empty: no such alarm. */
  readonly "alarms.errorPercent": string;
  readonly "alarms.latencyMs": string;
  readonly processes: readonly ProcessDraft[];
  readonly crons: readonly CronDraft[];
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
  return {
    ...plainDraft(settings),
    buildArgs: variablesOf(settings.buildArgs),
    buildSecrets: buildSecrets.map(keptSecret),
    cpu: String(settings.cpu),
    memory: String(settings.memory),
    instances: String(settings.instances),
    ...scalingDraft(settings),
    env: variablesOf(settings.env),
    secrets: secrets.map(keptSecret),
    gitToken: "",
    storedGitToken: hasGitToken ? "kept" : "none",
    ...strategyDraft(settings.strategy),
    autoRollback: settings.autoRollback,
    "alarms.errorPercent": String(settings.alarms.errorPercent ?? ""),
    "alarms.latencyMs": String(settings.alarms.latencyMs ?? ""),
    processes: processDrafts(settings.processes),
    crons: cronDrafts(settings.crons),
  };
}

/** Each kind reads the values that {@link fields} is held to; that name and kind go together is lost in the loop. */
function plainDraft(settings: Pick<CreateApp, PlainName>): PlainDraft {
  const drafted = plainNames.map((name) => {
    const { toDraft } = kinds[fields[name].kind] as { toDraft: (value: unknown) => string | boolean };
    return [name, toDraft(settings[name])];
  });
  return Object.fromEntries(drafted) as PlainDraft;
}

function plainInput(draft: PlainDraft): Record<string, unknown> {
  const given = plainNames.map((name) => {
    const { toInput } = kinds[fields[name].kind] as { toInput: (draft: string | boolean) => unknown };
    return [name, toInput(draft[name])];
  });
  return Object.fromEntries(given);
}

const variablesOf = (values: Readonly<Record<string, string>>): Variable[] =>
  Object.entries(values).map(([name, value], key) => ({ key, name, value }));

const keptSecret = (name: string, key: number): SecretDraft => ({ key, name, value: "", state: "kept" });

/** Figures that are usual, for what the app does not scale by. */
function scalingDraft({ scaling, instances }: Pick<Shown, "scaling" | "instances">) {
  const { cpuPercent = null, requestsPerTask = null } = scaling ?? {};
  const by = cpuPercent === null ? "requestsPerTask" : "cpuPercent";
  return {
    scalingBy: scaling === null ? "none" : by,
    "scaling.min": String(scaling?.min ?? instances),
    "scaling.max": String(scaling?.max ?? Math.max(4, instances)),
    "scaling.cpuPercent": String(cpuPercent ?? 60),
    "scaling.requestsPerTask": String(requestsPerTask ?? 600),
  } as const;
}

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
    ...plainInput(draft),
    buildArgs: toVariables(draft.buildArgs),
    buildSecrets: Object.fromEntries(draft.buildSecrets.flatMap(toSecret)),
    cpu: numberOf(draft.cpu),
    memory: numberOf(draft.memory),
    instances: numberOf(draft.instances),
    scaling: toScaling(draft),
    env: toVariables(draft.env),
    secrets: Object.fromEntries(draft.secrets.flatMap(toSecret)),
    ...toGitToken(draft),
    strategy: toStrategy(draft),
    autoRollback: draft.autoRollback,
    alarms: {
      errorPercent: numberOrNone(draft["alarms.errorPercent"]),
      latencyMs: numberOrNone(draft["alarms.latencyMs"]),
    },
    processes: processInputs(draft.processes),
    crons: cronInputs(draft.crons),
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
  const own = strategyFields[type].map((name) => [name, numberOf(draft[`strategy.${name}`])]);
  const smokeCheck = {
    path: draft["strategy.smokeCheck.path"].trim(),
    expectStatus: numberOf(draft["strategy.smokeCheck.expectStatus"]),
  };
  return { type, ...Object.fromEntries(own), ...(draft.hasSmokeCheck ? { smokeCheck } : {}) };
}

function toScaling(draft: AppDraft): Record<string, unknown> | null {
  const { scalingBy } = draft;
  if (scalingBy === "none") return null;
  const bounds = { min: numberOf(draft["scaling.min"]), max: numberOf(draft["scaling.max"]) };
  return { ...bounds, [scalingBy]: numberOf(draft[`scaling.${scalingBy}`]) };
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
