import { createHmac } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { type App, isTerminal, RequestError, watchDeployment } from "@slipway/monitor/client";
import { answers, appWith, deployed, endOf, followed, says, succeeded, version } from "./apps.ts";
import { abortable, type Installation, SmokeFailure, type SmokeStep, type SmokeWorld } from "./step.ts";

const expectThat = (isSo: boolean, came: string): void => {
  if (!isSo) throw new SmokeFailure(came);
};

const installed = ({ installation }: SmokeWorld): Installation => {
  if (installation === null) throw new SmokeFailure("This run has no account.");
  return installation;
};

const bakes = { bakeMinutes: 0 };
const check = { smokeCheck: { path: "/", expectStatus: 200 } };
const secretNames = Array.from({ length: 20 }, (_, index) => `SMOKE_SECRET_${index + 1}`);
const secretsWith = (value: string): Record<string, string> =>
  Object.fromEntries(secretNames.map((name) => [name, `${value}-${name}`]));

const first = { ...version("1"), strategy: { type: "blue_green", ...bakes, ...check } };

/** The app that most releases are of. */
const releasesApp = (world: SmokeWorld, settings = {}): Promise<App> => appWith(world, "releases", settings);
const buildsApp = (world: SmokeWorld, settings = {}): Promise<App> => appWith(world, "builds", settings);

/** Releases a version of an app by a strategy, and answers how that went. */
async function releasedBy(world: SmokeWorld, app: App, key: string, answer: string): Promise<string> {
  const end = succeeded(await deployed(world, app, key));
  const { seconds } = await answers(world, app, answer);
  const built = end.build?.outcome ?? "not built";
  return `Deployment ${end.id} succeeded in ${end.duration} s (image: ${built}); it answered after ${seconds} s more.`;
}

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
  run: async (world) => {
    const before = await appWith(world, "shifts", { ...version("0"), strategy: { type: "rolling" } });
    if (before.live_deployment_id === null) succeeded(await deployed(world, before, "shifts-first"));
    const app = await appWith(world, "shifts", { ...version(name), strategy });
    const watched = await deployed(world, app, name);
    const end = succeeded(watched);
    const { seconds } = await answers(world, app, `200 version ${name} of build 1`);
    expectThat(says(watched, "All traffic is on the new version."), "The log does not say that traffic was shifted.");
    const shares = watched.lines.flatMap(
      ({ line }) => /^(\d+) % of traffic is on the new version/.exec(line)?.[1] ?? [],
    );
    const seen = shares.length === 0 ? "" : ` Shares seen on the way: ${shares.join(", ")} %.`;
    return `Deployment ${end.id} succeeded in ${end.duration} s; the version answered after ${seconds} s more.${seen}`;
  },
});

const before: readonly SmokeStep[] = [
  {
    name: "install",
    phase: "before",
    minutes: 11,
    needs: "account",
    expects: "The stack is created under a name of its own, with a public URL and a first admin token.",
    run: (world) => installed(world).install(world.signal),
  },
  {
    name: "sign-in",
    phase: "before",
    minutes: 1,
    needs: null,
    expects: "The API and the dashboard answer at one address; a wrong token gets 401, and an unknown path 404.",
    run: async ({ session }) => {
      const { client } = await session();
      const me = await client.me();
      expectThat(me.role === "admin", `The token is one of a ${me.role}, not of an admin.`);
      const page = await fetch(`${client.baseUrl}/`);
      expectThat(page.ok && (await page.text()).includes("<title>"), `The dashboard answered ${page.status}.`);
      const headers = { Authorization: "Bearer wrong" };
      const wrong = await fetch(`${client.baseUrl}/api/apps`, { headers });
      expectThat(wrong.status === 401, `A wrong token got ${wrong.status}.`);
      const unknown = await client.showApp(999_999).catch((error: unknown) => error);
      expectThat(unknown instanceof RequestError && unknown.status === 404, `An unknown app got ${unknown}.`);
      return `Signed in as ${me.name} (${me.role}); the dashboard, 401 and 404 are as expected.`;
    },
  },
];

const releases: readonly SmokeStep[] = [
  {
    name: "twenty-secrets",
    phase: "releases",
    minutes: 1,
    needs: null,
    expects: "Twenty secrets are written in one request, and replaced in another.",
    run: async (world) => {
      await releasesApp(world, { ...first, secrets: secretsWith("first") });
      const app = await releasesApp(world, { secrets: secretsWith("second") });
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
    run: async (world) => {
      const app = await releasesApp(world);
      const watched = await deployed(world, app, "first");
      const end = succeeded(watched);
      expectThat(says(watched, "The smoke check passed"), "The log does not say that the smoke check passed.");
      await answers(world, app, "200 version 1 of build 1");
      await answers(world, app, `200 ${secretNames.length}`, "/secrets");
      return `Deployment ${end.id} succeeded in ${end.duration} s; the app answers, with ${secretNames.length} secrets.`;
    },
  },
  {
    name: "rolling",
    phase: "releases",
    minutes: 4,
    needs: null,
    expects: "A second image is built, and released with the strategy rolling.",
    run: async (world) => {
      const change = { ...version("2"), buildArgs: { BUILD: "2" }, strategy: { type: "rolling" } };
      return releasedBy(world, await releasesApp(world, change), "rolling", "200 version 2 of build 2");
    },
  },
  {
    name: "blue-green",
    phase: "releases",
    minutes: 2,
    needs: null,
    expects: "A third version is released with the strategy blue_green, from the image that is there.",
    run: async (world) => {
      const app = await releasesApp(world, { ...version("3"), strategy: { type: "blue_green", ...bakes } });
      return releasedBy(world, app, "blue-green", "200 version 3 of build 2");
    },
  },
  {
    name: "rollback",
    phase: "releases",
    minutes: 2,
    needs: null,
    expects: "Rolling back to the first release serves its image again, without a build.",
    run: async (world) => {
      const { client } = await world.session();
      const app = await releasesApp(world);
      const { id: earlier } = await client.createDeployment({ appId: app.id }, `${world.name}-first`);
      // Whoever was interrupted had asked for it.
      const known = (await client.listDeployments({ appId: app.id })).items.find(
        (each) => each.rollback_of === earlier,
      );
      const { id } = known ?? (await client.rollbackDeployment(earlier));
      const end = succeeded(await followed(world, id));
      const { came, seconds } = await answers(world, app, /^200 version \d of build 1$/);
      return `Deployment ${id} rolled back to ${earlier} in ${end.duration} s; "${came}" came after ${seconds} s more.`;
    },
  },
];

const shifts: readonly SmokeStep[] = [
  shift("linear", { type: "linear", stepPercent: 50, stepBakeMinutes: 1, ...bakes }, 10),
  shift("canary", { type: "canary", percent: 50, canaryBakeMinutes: 1, ...bakes }, 5),
];

/** Minutes. Bakes under five end before CloudWatch has two bad minutes. */
const alarmBake = 8;
const visitors = 5;
const visitorsPauseMs = 200;

const alarms: readonly SmokeStep[] = [
  {
    name: "alarm-rollback",
    phase: "alarms",
    minutes: 15,
    needs: null,
    expects: "A version that answers its visitors with errors while it bakes is rolled back by its alarm.",
    run: async (world) => {
      const { client } = await world.session();
      const before = await appWith(world, "alarms", {
        ...version("good"),
        strategy: { type: "blue_green", bakeMinutes: 0 },
      });
      if (before.live_deployment_id === null) succeeded(await deployed(world, before, "alarms-first"));
      await answers(world, before, "200 version good of build 1");
      const app = await appWith(world, "alarms", {
        ...version("bad", { SMOKE_STATUS: "500" }),
        strategy: { type: "blue_green", bakeMinutes: alarmBake },
      });
      const { id } = await client.createDeployment({ appId: app.id }, `${world.name}-alarm`);
      const ending = followed(world, id);
      await visitedUntil(world, app, ending);
      const end = endOf(await ending);
      const came = `Deployment ${id} ended as ${end.stage} (${end.error_code}), rolled back: ${end.rolled_back}. ${end.error_message ?? ""}`;
      expectThat(end.stage === "failed" && end.error_code === "alarm_tripped" && end.rolled_back, came);
      await answers(world, app, "200 version good of build 1");
      return came;
    },
  },
];

/** Visits the app until something has ended, as its alarms look at answers. */
async function visitedUntil(world: SmokeWorld, app: App, ending: Promise<unknown>): Promise<void> {
  const { client } = await world.session();
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

const builds: readonly SmokeStep[] = [
  {
    name: "long-log",
    phase: "builds",
    minutes: 7,
    needs: null,
    expects:
      "A build prints 50,000 lines in one step, more than 2 MiB. The socket is cut in the middle; the client resumes, and has every line once and in order, as the API has.",
    run: async (world) => {
      const { client, sockets } = await world.session();
      const { logLines } = world;
      const buildArgs = { LINES: String(logLines) };
      const app = await buildsApp(world, { ...version("builds"), dockerfile: "Dockerfile.chatty", buildArgs });
      const { id } = await client.createDeployment({ appId: app.id }, `${world.name}-long-log`);
      const watch = watchDeployment(client, id);
      let isCut = false;
      const leave = watch.subscribe(() => {
        // In the middle, wherever that is.
        if (isCut || watch.getSnapshot().lines.length < logLines / 10) return;
        isCut = true;
        sockets.cut(id);
      });
      try {
        const watched = await abortable(watch.finished, world.signal);
        const end = succeeded(watched);
        const seen = numbersIn(watched.lines);
        expectThat(isWhole(seen, logLines), `The socket carried ${seen.length} of ${logLines} lines, or not in order.`);
        const kept = numbersIn(await wholeLog(world, id));
        expectThat(isWhole(kept, logLines), `The API has ${kept.length} of ${logLines} lines, or not in order.`);
        expectThat(sockets.opened(id) > 1, "The socket was not opened again after it was cut.");
        return `Deployment ${id} succeeded in ${end.duration} s. ${seen.length} lines came over ${sockets.opened(id)} sockets, each once and in order.`;
      } finally {
        leave();
      }
    },
  },
  {
    name: "broken-build",
    phase: "builds",
    minutes: 2,
    needs: null,
    expects: "A build that breaks fails with the exit code of its command, and the earlier release goes on serving.",
    run: async (world) => {
      const app = await buildsApp(world, { dockerfile: "Dockerfile.broken", buildArgs: {} });
      const watched = await deployed(world, app, "broken-build");
      const end = endOf(watched);
      const came = `Deployment ${end.id} ended as ${end.stage} in ${end.failed_stage} with exit code ${end.exit_code} (${end.error_code}): ${end.error_message}`;
      expectThat(end.stage === "failed" && end.failed_stage === "building" && end.exit_code === 7, came);
      expectThat(says(watched, "this build breaks on purpose"), "The log has no output of the command that failed.");
      await answers(world, app, "200 version builds of build chatty");
      return came;
    },
  },
  {
    name: "webhook",
    phase: "builds",
    minutes: 3,
    needs: "webhook secret",
    expects:
      "A signed push is deployed, once; delivered again it names the same deployment; with a wrong signature it gets 401.",
    run: async (world) => {
      const app = await buildsApp(world, { ...version("webhook"), dockerfile: "Dockerfile", autoDeploy: true });
      const wrong = await delivered(world, app, "wrong");
      expectThat(wrong.status === 401, `A push with a wrong signature got ${wrong.status}.`);
      const ids = [];
      for (const nth of ["first", "second"]) {
        const { status, id } = await delivered(world, app, null);
        expectThat(status === 202 && id !== null, `The ${nth} delivery got ${status}, and the deployment ${id}.`);
        ids.push(id ?? 0);
      }
      const [id = 0, again] = ids;
      expectThat(id === again, `The second delivery named deployment ${again}, the first ${id}.`);
      const end = succeeded(await followed(world, id));
      expectThat(end.trigger === "webhook", `The deployment was triggered by ${end.trigger}.`);
      await answers(world, app, "200 version webhook of build 1");
      return `Deployment ${id} of the push succeeded in ${end.duration} s; it was delivered twice and made once.`;
    },
  },
  {
    name: "delete-app",
    phase: "builds",
    minutes: 3,
    needs: null,
    expects: "A deleted app goes, and nobody answers at its address any more.",
    run: async (world) => {
      const seconds = await deleted(world, "builds");
      return `Nobody answered at the app's address after ${seconds} s.`;
    },
  },
];

const after: readonly SmokeStep[] = [
  {
    name: "delete-apps",
    phase: "after",
    minutes: 5,
    needs: "server",
    expects: "The apps of the run are deleted; nothing else of the server is touched.",
    run: async (world) => {
      await Promise.all(["releases", "shifts", "alarms", "builds"].map((suffix) => deleted(world, suffix)));
      return "The apps of the run are gone.";
    },
  },
  {
    name: "no-orphans",
    phase: "after",
    minutes: 1,
    needs: null,
    expects: "Nothing that was made for the app that was deleted is left, and everything else belongs to an app.",
    run: async ({ name, session, signal }) => {
      const { client } = await session();
      const { checked_at: before } = await client.findOrphans();
      for (;;) {
        const { checked_at, orphans, unchecked } = await client.showOrphans();
        if (checked_at !== before) {
          expectThat(unchecked.length === 0, `These could not be looked for: ${listed(unchecked)}`);
          expectThat(orphans.length === 0, `These belong to no app: ${listed(orphans)}`);
          return `Every resource that ${name} made at run time belongs to an app.`;
        }
        await pause(1_000, undefined, { signal });
      }
    },
  },
  {
    name: "uninstall",
    phase: "after",
    minutes: 10,
    needs: "account",
    expects: "Everything that was installed and made at run time is deleted, the tables included.",
    run: (world) => installed(world).uninstall(),
  },
  {
    name: "nothing-left",
    phase: "after",
    minutes: 2,
    needs: "account",
    expects: "Nothing in the region has the installation's tag or a name of it any more.",
    run: async (world) => {
      const left = await installed(world).left();
      expectThat(left.length === 0, `This is left:\n  ${left.join("\n  ")}`);
      return "Nothing is left.";
    },
  },
];

/** All steps, in the order in which a report lists them. */
export const smokeSteps: readonly SmokeStep[] = [...before, ...releases, ...shifts, ...alarms, ...builds, ...after];

/** Deletes an app of the run, and waits until nobody answers at its address. Answers how many seconds that took. */
async function deleted({ name, session, signal }: SmokeWorld, suffix: string): Promise<number> {
  const { client } = await session();
  const begun = performance.now();
  const known = (await client.listApps()).find((app) => app.name === `${name}-${suffix}`);
  if (known === undefined) return 0;
  const { items } = await client.listDeployments({ appId: known.id });
  for (const { id, stage } of items) if (!isTerminal(stage)) await client.cancelDeployment(id).catch(() => null);
  await client.deleteApp(known.id);
  while (known.direct_url !== null && (await isServed(known.direct_url))) await pause(1_000, undefined, { signal });
  return Math.round((performance.now() - begun) / 1000);
}

const listed = (found: readonly object[]): string => found.map((one) => Object.values(one).join(" ")).join(", ");

const isServed = (address: string): Promise<boolean> =>
  fetch(address, { signal: AbortSignal.timeout(5_000) }).then(
    ({ status }) => status < 500,
    () => false,
  );

interface Numbered {
  readonly line: string;
}

/** The numbers of the lines that the app's build prints. */
const numbersIn = (lines: readonly Numbered[]): number[] =>
  lines.flatMap(({ line }) => {
    const number = /^smoke line (\d+) -/.exec(line)?.[1];
    return number === undefined ? [] : [Number(number)];
  });

const isWhole = (numbers: readonly number[], count: number): boolean =>
  numbers.length === count && numbers.every((number, index) => number === index + 1);

async function wholeLog({ session, signal }: SmokeWorld, id: number): Promise<Numbered[]> {
  const { client } = await session();
  const lines: Numbered[] = [];
  for (let after = 0; ; ) {
    signal.throwIfAborted();
    const page = await client.readLog(id, { after, limit: 5000 });
    lines.push(...page.lines);
    if (page.complete || page.lines.length === 0) return lines;
    after = page.next;
  }
}

/** Delivers a push of the app's last commit, as GitHub does. `wrong`: what it is signed with in place of the secret. */
async function delivered(
  { name, session, source }: SmokeWorld,
  app: App,
  wrong: string | null,
): Promise<{ readonly status: number; readonly id: number | null }> {
  const { client, webhookSecret } = await session();
  const { items } = await client.listDeployments({ appId: app.id });
  const after = items.find(({ commit_hash }) => commit_hash !== "")?.commit_hash ?? "";
  const body = JSON.stringify({
    ref: `refs/heads/${source.branch}`,
    after,
    repository: { clone_url: app.repo_url },
    head_commit: { message: "Smoke run" },
    pusher: { name: "smoke" },
  });
  const signature = createHmac("sha256", wrong ?? webhookSecret ?? "")
    .update(body)
    .digest("hex");
  const answer = await fetch(`${client.baseUrl}/api/webhooks/github`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "X-GitHub-Event": "push",
      "X-GitHub-Delivery": `${name}-webhook`,
      "X-Hub-Signature-256": `sha256=${signature}`,
    },
    body,
  });
  const answered = (await answer.json()) as { readonly data?: { readonly deployment_id?: number | null } };
  return { status: answer.status, id: answered.data?.deployment_id ?? null };
}
