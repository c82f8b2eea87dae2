import { answers, appWith, deployed, says, succeeded, version } from "./apps.ts";
import { expectThat } from "./expect.ts";
import type { SmokeStep } from "./step.ts";

const bakes = { bakeMinutes: 0 };

/** A second version of an app of its own, by a strategy. */
const shift = (
  name: string,
  strategy: Readonly<Record<string, unknown>> & { readonly type: string },
  minutes: number,
): SmokeStep => ({
  name,
  phase: "shifts",
  minutes,
  needs: null,
  expects: `A second version is released with the strategy ${strategy.type}, step by step, and then gets all traffic.`,
  run: async (deps) => {
    const before = await appWith(deps, "shifts", { ...version("0"), strategy: { type: "rolling" } });
    if (before.live_deployment_id === null) succeeded(await deployed(deps, before, "shifts-first"));
    const app = await appWith(deps, "shifts", { ...version(name), strategy });
    const watched = await deployed(deps, app, name);
    const end = succeeded(watched);
    const { seconds } = await answers(deps, app, `200 version ${name} of build 1`);
    expectThat(says(watched, "All traffic is on the new version."), "The log does not say that traffic was shifted.");
    const shares = watched.lines.flatMap(
      ({ line }) => /^(\d+) % of traffic is on the new version/.exec(line)?.[1] ?? [],
    );
    const seen = shares.length === 0 ? "" : ` Shares seen on the way: ${shares.join(", ")} %.`;
    return `Deployment ${end.id} succeeded in ${end.duration} s; the version answered after ${seconds} s more.${seen}`;
  },
});

export const shifts: readonly SmokeStep[] = [
  shift("linear", { type: "linear", stepPercent: 50, stepBakeMinutes: 1, ...bakes }, 10),
  shift("canary", { type: "canary", percent: 50, canaryBakeMinutes: 1, ...bakes }, 5),
];
