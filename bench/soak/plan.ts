import { type Random, randomFrom } from "./random.ts";

/** How a version turns out. `broken`: its build exits with 7. `sick`: it builds, and its health check answers 503. */
export type Kind = "good" | "broken" | "sick";

/** What somebody does while a deployment runs, as soon as it is in a stage (or has passed it). */
export interface Meanwhile {
  readonly do: "cancel" | "rollback" | "push";
  readonly at: "pending" | "cloning" | "building" | "deploying";
}

/** One thing after the other that is done with an app; the next one begins when all deployments of the app have ended. */
export type Act =
  | {
      readonly do: "release";
      readonly kind: Kind;
      readonly by: "api" | "webhook";
      readonly lines: number;
      readonly meanwhile: Meanwhile | null;
      /** What an approver says, where the app wants an approval. */
      readonly verdict: "approve" | "reject";
    }
  /** The newest one that did not succeed. */
  | { readonly do: "retry"; readonly verdict: "approve" | "reject" }
  /** To the kept release so many before the newest. */
  | { readonly do: "rollback"; readonly back: number }
  | { readonly do: "unpin" }
  /** The app is deleted, and made again under another name. */
  | { readonly do: "replace" };

export interface PlannedApp {
  readonly name: string;
  /** As `POST /api/apps` takes them. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly acts: readonly Act[];
}

/** What happens to the machine. Times in milliseconds; `after` counts from when everything was up again. */
export type Fault =
  | { readonly do: "kill"; readonly after: number; readonly downFor: number; readonly port: "same" | "other" }
  | { readonly do: "stop"; readonly after: number; readonly lasts: number }
  | { readonly do: "fill"; readonly after: number; readonly lasts: number };

export interface Plan {
  readonly seed: string;
  readonly apps: readonly PlannedApp[];
  readonly faults: readonly Fault[];
}

export interface PlanOptions {
  readonly seed: string;
  /** Acts for each app. */
  readonly rounds: number;
  /** How often each fault happens; in an order that the seed decides. */
  readonly kills: number;
  readonly stops: number;
  readonly fills: number;
  /** Of a stop, in milliseconds. */
  readonly stopFrom: number;
  readonly stopTo: number;
  /** Between two faults, in milliseconds. */
  readonly betweenFrom: number;
  readonly betweenTo: number;
  /** How many of the apps below take part. */
  readonly apps: number;
}

const strategies = {
  rolling: { type: "rolling" },
  blueGreen: { type: "blue_green", bakeMinutes: 1 },
  linear: { type: "linear", stepPercent: 50, stepBakeMinutes: 1, bakeMinutes: 1 },
  canary: { type: "canary", percent: 25, canaryBakeMinutes: 1, bakeMinutes: 1 },
  checked: { type: "blue_green", bakeMinutes: 0, smokeCheck: { path: "/healthz", expectStatus: 200 } },
};

/** Each strategy, and each setting that decides who gives way to whom. */
const cast: readonly Omit<PlannedApp, "acts">[] = [
  { name: "canary", settings: { strategy: strategies.canary, afterRollback: "hold" } },
  {
    name: "blue-green",
    settings: { strategy: strategies.blueGreen, approval: "required", afterRollback: "resume" },
  },
  { name: "linear", settings: { strategy: strategies.linear, afterRollback: "resume", keepReleases: 3 } },
  {
    name: "rolling",
    settings: { strategy: strategies.rolling, onNewPush: "cancel_running", afterRollback: "resume", instances: 2 },
  },
  { name: "checked", settings: { strategy: strategies.checked, approval: "required", afterRollback: "hold" } },
  { name: "passing", settings: { strategy: strategies.rolling, keepReleases: 2 } },
];

/** The same options give the same plan: who does what to which app in which order, and which faults come. When they meet is up to the machine. */
export function planOf(options: PlanOptions): Plan {
  const random = randomFrom(options.seed);
  const apps = cast.slice(0, options.apps).map((app) => {
    const own = random.fork(app.name);
    return { ...app, acts: Array.from({ length: options.rounds }, (_, round) => actOf(own, app.name, round)) };
  });
  return { seed: options.seed, apps, faults: faultsOf(random.fork("faults"), options) };
}

function actOf(random: Random, app: string, round: number): Act {
  // Without a first release there is nothing to roll back to, and nothing that must go on serving.
  if (round === 0) return release(random, { kind: "good", meanwhile: null, verdict: "approve" });
  if (app === "passing" && random.percent(25)) return { do: "replace" };
  const chance = random.between(1, 100);
  if (chance <= 10) return { do: "retry", verdict: verdictOf(random) };
  if (chance <= 22) return { do: "rollback", back: random.between(1, 2) };
  if (chance <= 28) return { do: "unpin" };
  const kind = chance <= 40 ? "broken" : chance <= 50 ? "sick" : "good";
  return release(random, { kind, meanwhile: random.percent(40) ? meanwhileOf(random) : null });
}

const release = (random: Random, given: Partial<Extract<Act, { do: "release" }>>): Act => ({
  do: "release",
  kind: "good",
  by: random.percent(40) ? "webhook" : "api",
  lines: random.between(20, 400),
  meanwhile: null,
  verdict: verdictOf(random),
  ...given,
});

const verdictOf = (random: Random) => (random.percent(80) ? "approve" : "reject");

const meanwhileOf = (random: Random): Meanwhile => ({
  do: random.pick(["cancel", "rollback", "push", "push"]),
  at: random.pick(["pending", "cloning", "building", "deploying"]),
});

function faultsOf(random: Random, { kills, stops, fills, ...times }: PlanOptions): Fault[] {
  const left: Fault["do"][] = [
    ...Array<Fault["do"]>(kills).fill("kill"),
    ...Array<Fault["do"]>(stops).fill("stop"),
    ...Array<Fault["do"]>(fills).fill("fill"),
  ];
  const faults: Fault[] = [];
  while (left.length > 0) {
    const [kind = "kill"] = left.splice(random.between(0, left.length - 1), 1);
    const after = random.between(times.betweenFrom, times.betweenTo);
    if (kind === "kill") {
      const port = random.percent(50) ? "same" : "other";
      faults.push({ do: "kill", after, downFor: random.between(0, 3000), port });
    } else if (kind === "stop") faults.push({ do: "stop", after, lasts: random.between(times.stopFrom, times.stopTo) });
    else faults.push({ do: "fill", after, lasts: random.between(5_000, 15_000) });
  }
  return faults;
}
