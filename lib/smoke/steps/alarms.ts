import { setTimeout as pause } from "node:timers/promises";
import type { App } from "@slipway/monitor/client";
import { answers, appWith, deployed, endOf, followed, isServed, succeeded, version } from "./apps.ts";
import { expectThat } from "./expect.ts";
import { SmokeFailure, type SmokeStep, type StepDeps } from "./step.ts";

/** Minutes. Bakes under five end before CloudWatch has two bad minutes. */
const alarmBake = 8;
const visitors = 5;
const visitorsPauseMs = 200;

export const alarms: readonly SmokeStep[] = [
  {
    name: "alarm-rollback",
    phase: "alarms",
    minutes: 15,
    needs: null,
    expects: "A version that answers its visitors with errors while it bakes is rolled back by its alarm.",
    run: async (deps) => {
      const { client } = await deps.session();
      const before = await appWith(deps, "alarms", {
        ...version("good"),
        strategy: { type: "blue_green", bakeMinutes: 0 },
      });
      if (before.live_deployment_id === null) succeeded(await deployed(deps, before, "alarms-first"));
      await answers(deps, before, "200 version good of build 1");
      const app = await appWith(deps, "alarms", {
        ...version("bad", { SMOKE_STATUS: "500" }),
        strategy: { type: "blue_green", bakeMinutes: alarmBake },
      });
      const { id } = await client.createDeployment({ appId: app.id }, `${deps.name}-alarm`);
      const ending = followed(deps, id);
      await visitedUntil(deps, app, ending);
      const end = endOf(await ending);
      const came = `Deployment ${id} ended as ${end.stage} (${end.error_code}), rolled back: ${end.rolled_back}. ${end.error_message ?? ""}`;
      expectThat(end.stage === "failed" && end.error_code === "alarm_tripped" && end.rolled_back, came);
      await answers(deps, app, "200 version good of build 1");
      return came;
    },
  },
];

/** Visits the app until something has ended, as its alarms look at answers. */
async function visitedUntil(deps: StepDeps, app: App, ending: Promise<unknown>): Promise<void> {
  const { client } = await deps.session();
  const { direct_url: address } = await client.showApp(app.id);
  if (address === null) throw new SmokeFailure("The app has no address.");
  const over = ending.then(
    () => true,
    () => true,
  );
  for (;;) {
    await Promise.all(Array.from({ length: visitors }, () => isServed(address)));
    if (await Promise.race([over, pause(visitorsPauseMs, false)])) return;
  }
}
