import type { Settings } from "../../../lib/core/app.ts";
import type { BuildFate } from "./codebuild.ts";
import type { ReleaseFate } from "./ecs.ts";
import type { ProcessFate } from "./processes.ts";
import { type Random, randomOf } from "./random.ts";

/** What people do, as soon as the time has come. Whom it is done to is picked then, by `dice` (0 to 1). */
export interface Action {
  readonly at: number;
  readonly app: number;
  readonly act:
    | "push"
    | "force_push"
    | "deploy"
    | "deploy_twice"
    | "cancel"
    | "approve"
    | "reject"
    | "approve_and_reject"
    | "rollback"
    | "rollback_and_push"
    | "rollback_current"
    | "redeploy"
    | "promote"
    | "retry"
    | "unpin"
    | "change"
    | "change_processes"
    | "delete"
    | "watch";
  readonly dice: number;
}

/** What a seed has in store, whatever goes wrong: who does what when, and what becomes of builds and releases. */
export interface Plan {
  readonly apps: readonly Partial<Settings>[];
  readonly actions: readonly Action[];
  readonly maxConcurrentBuilds: number;
  readonly buildOf: (deploymentId: number, attempt: number) => BuildFate;
  readonly releaseOf: (deploymentId: number) => ReleaseFate;
  readonly processOf: (deploymentId: number) => ProcessFate;
  /** When people go home and nothing goes wrong any more, in milliseconds. */
  readonly endsAt: number;
}

const weights: readonly (readonly [Action["act"], number])[] = [
  ["push", 7],
  ["force_push", 1],
  ["deploy", 4],
  ["deploy_twice", 1],
  ["cancel", 4],
  ["approve", 3],
  ["reject", 1],
  ["approve_and_reject", 1],
  ["rollback", 2],
  ["rollback_and_push", 1],
  ["retry", 1],
  ["unpin", 1],
  ["change", 3],
  ["watch", 3],
];

/** What people do otherwise in a tenth of the plans. The others stay what they were when these were added, and so do the faults they once found. */
const instead: Readonly<Partial<Record<Action["act"], Action["act"]>>> = {
  rollback: "rollback_current",
  deploy: "redeploy",
  watch: "promote",
};

/** By dice that say nothing about whom it is done to. */
const otherwise = (action: Action): Action => ({
  ...action,
  act: Math.floor(action.dice * 1000) % 2 === 0 ? (instead[action.act] ?? action.act) : action.act,
});

/** Every so many plans have processes beside `web`. */
export const seedsWithProcesses = 6;

export function planOf(seed: number): Plan {
  const random = randomOf(seed);
  const apps = Array.from({ length: random.chance(0.25) ? 2 : 1 }, () => someSettings(random));
  const lasts = random.pick([40_000, 90_000, 180_000]);
  const usual = actionsOf(random, apps.length, lasts);
  const actions = seed % 10 === 0 ? usual.map(otherwise) : usual;
  const hasProcesses = seed % seedsWithProcesses === 0;
  return {
    apps: hasProcesses
      ? apps.map((settings, index) => ({ ...settings, processes: someProcesses(seed + index) }))
      : apps,
    actions: hasProcesses ? actions.map(withProcesses) : actions,
    maxConcurrentBuilds: random.pick([0, 1, 1, 2]),
    buildOf: (id, attempt) => buildFate(randomOf(seed * 7919 + id * 31 + attempt)),
    releaseOf: (id) => releaseFate(randomOf(seed * 104729 + id * 37)),
    processOf: (id) => (randomOf(seed * 15485863 + id * 41).chance(0.2) ? "ends" : "runs"),
    endsAt: hasProcesses ? lasts * slower + 240_000 : lasts + 90_000,
  };
}

const process = { command: ["work"], cpu: null, memory: null, stop_seconds: null } as const;
/** What runs beside `web`, before and after changes. */
export const processChoices = [
  [],
  [{ ...process, name: "worker", instances: 1, order: "after" }],
  [{ ...process, name: "worker", instances: 2, order: "before" }],
  [
    { ...process, name: "worker", instances: 1, order: "after" },
    { ...process, name: "mailer", instances: 1, order: "before" },
  ],
] as const;

const someProcesses = (seed: number): Settings["processes"] =>
  processChoices[1 + (Math.floor(seed / seedsWithProcesses) % (processChoices.length - 1))]?.map((one) => ({
    ...one,
    command: [...one.command],
  })) ?? [];

/** In some of the plans apps have processes, and changes are mostly of these. The others stay what they were. */
const withProcesses = (action: Action): Action => ({
  ...action,
  at: action.at * slower,
  act: action.act === "change" && action.dice < 0.7 ? "change_processes" : action.act,
});

/** Releases with processes take some minutes: what people do comes at longer intervals. */
const slower = 4;

function actionsOf(random: Random, apps: number, lasts: number): readonly Action[] {
  const count = 3 + random.below(9);
  const bag = weights.flatMap(([act, weight]) => Array.from({ length: weight }, () => act));
  const app = () => 1 + random.below(apps);
  const first: Action = { at: 0, app: 1, act: random.chance(0.5) ? "push" : "deploy", dice: random.next() };
  const rest = Array.from({ length: count }, (): Action => {
    // Often at the moment of something else: that is when it matters.
    const at = random.chance(0.4) ? Math.floor(random.next() * 6) * (lasts / 6) : random.next() * lasts;
    return { at, app: app(), act: random.pick(bag), dice: random.next() };
  });
  const deleted: Action[] = random.chance(0.1)
    ? [{ at: lasts * random.next(), app: app(), act: "delete", dice: 0 }]
    : [];
  return [first, ...rest, ...deleted].toSorted((one, other) => one.at - other.at);
}

const smoke_check = { path: "/", expect_status: 200 };

const someSettings = (random: Random): Partial<Settings> => ({
  strategy: random.pick([
    { type: "rolling" },
    { type: "rolling" },
    { type: "rolling", smoke_check },
    { type: "blue_green", bake_minutes: 0 },
  ] as const),
  approval: random.chance(0.25) ? "required" : "none",
  approval_expiry_minutes: random.pick([5, 60]),
  on_new_push: random.pick(["queue_latest", "queue_latest", "cancel_running"]),
  after_rollback: random.pick(["hold", "resume"]),
  keep_releases: random.pick([2, 10]),
});

const buildFate = (random: Random): BuildFate => ({
  outcome: random.pick([
    "succeeded",
    "succeeded",
    "succeeded",
    "succeeded",
    "succeeded",
    "succeeded",
    "failed",
    "fault",
  ]),
  seconds: random.pick([1, 2, 5, 20, 60]),
});

const releaseFate = (random: Random): ReleaseFate => ({
  outcome: random.pick(["succeeded", "succeeded", "succeeded", "succeeded", "succeeded", "succeeded", "failed"]),
  seconds: random.pick([2, 5, 10, 40]),
});
