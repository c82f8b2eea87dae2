import type { App } from "@slipway/monitor/client";
import { answers, appWith, deployed, followed, says, succeeded, version } from "./apps.ts";
import { expectThat } from "./expect.ts";
import type { SmokeStep, StepDeps } from "./step.ts";

const bakes = { bakeMinutes: 0 };
const check = { smokeCheck: { path: "/", expectStatus: 200 } };
const secretNames = Array.from({ length: 20 }, (_, index) => `SMOKE_SECRET_${index + 1}`);
const secretsWith = (value: string): Record<string, string> =>
  Object.fromEntries(secretNames.map((name) => [name, `${value}-${name}`]));

const first = { ...version("1"), strategy: { type: "blue_green", ...bakes, ...check } };

/** The app that most releases are of. */
const releasesApp = (deps: StepDeps, settings = {}): Promise<App> => appWith(deps, "releases", settings);

/** Releases a version of an app by a strategy, and answers how that went. */
async function releasedBy(deps: StepDeps, app: App, key: string, answer: string): Promise<string> {
  const end = succeeded(await deployed(deps, app, key));
  const { seconds } = await answers(deps, app, answer);
  const built = end.build?.outcome ?? "not built";
  return `Deployment ${end.id} succeeded in ${end.duration} s (image: ${built}); it answered after ${seconds} s more.`;
}

export const releases: readonly SmokeStep[] = [
  {
    name: "twenty-secrets",
    phase: "releases",
    minutes: 1,
    needs: null,
    expects: "Twenty secrets are written in one request, and replaced in another.",
    run: async (deps) => {
      await releasesApp(deps, { ...first, secrets: secretsWith("first") });
      const app = await releasesApp(deps, { secrets: secretsWith("second") });
      expectThat(app.secrets.length === secretNames.length, `The app has ${app.secrets.length} secrets.`);
      return `The app has ${app.secrets.length} secrets.`;
    },
  },
  {
    name: "first-release",
    phase: "releases",
    minutes: 6,
    needs: null,
    expects:
      "A first release waits for its smoke check before it has traffic; the app then answers, and has its secrets.",
    run: async (deps) => {
      const app = await releasesApp(deps);
      const watched = await deployed(deps, app, "first");
      const end = succeeded(watched);
      expectThat(says(watched, "The smoke check passed"), "The log does not say that the smoke check passed.");
      await answers(deps, app, "200 version 1 of build 1");
      await answers(deps, app, `200 ${secretNames.length}`, "/secrets");
      return `Deployment ${end.id} succeeded in ${end.duration} s; the app answers, with ${secretNames.length} secrets.`;
    },
  },
  {
    name: "rolling",
    phase: "releases",
    minutes: 4,
    needs: null,
    expects: "A second image is built, and released with the strategy rolling.",
    run: async (deps) => {
      const change = { ...version("2"), buildArgs: { BUILD: "2" }, strategy: { type: "rolling" } };
      return releasedBy(deps, await releasesApp(deps, change), "rolling", "200 version 2 of build 2");
    },
  },
  {
    name: "blue-green",
    phase: "releases",
    minutes: 2,
    needs: null,
    expects: "A third version is released with the strategy blue_green, from the image that is there.",
    run: async (deps) => {
      const app = await releasesApp(deps, { ...version("3"), strategy: { type: "blue_green", ...bakes } });
      return releasedBy(deps, app, "blue-green", "200 version 3 of build 2");
    },
  },
  {
    name: "rollback",
    phase: "releases",
    minutes: 2,
    needs: null,
    expects:
      "Rolling back to the first release serves its image with its variables and secrets again, without a build.",
    run: async (deps) => {
      const { client } = await deps.session();
      const app = await releasesApp(deps);
      const { id: earlier } = await client.createDeployment({ appId: app.id }, `${deps.name}-first`);
      // Whoever was interrupted had asked for it.
      const known = (await client.listDeployments({ appId: app.id })).items.find(
        (each) => each.rollback_of === earlier,
      );
      const { id } = known ?? (await client.rollbackDeployment(earlier));
      const end = succeeded(await followed(deps, id));
      const { came, seconds } = await answers(deps, app, "200 version 1 of build 1");
      await answers(deps, app, `200 ${secretNames.length}`, "/secrets");
      return `Deployment ${id} rolled back to ${earlier} in ${end.duration} s; "${came}" came after ${seconds} s more.`;
    },
  },
];
