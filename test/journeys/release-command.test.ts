import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { addressOf, deploy, ends, logOf, reaches, registerApp } from "../support/deploying.ts";
import { eventually, type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";

/** Its migration prints who runs it, and ends as it says. */
const app = (version: string, end: string) => ({
  ...healthyApp(version),
  "migrate.mjs": `
console.log("migrating for deployment " + process.env.SLIPWAY_DEPLOYMENT_ID + " to " + process.argv[2]);
${end}
`,
});

let local: LocalMode;
let api: ReturnType<typeof apiAt>;

beforeAll(async () => {
  local = await startLocalMode();
  api = apiAt(local.url);
});
afterAll(async () => {
  await local?.stop();
  removeDirectory(local.data);
});

test("a release command runs before any traffic; one that fails or is cancelled leaves the old release as it was", async () => {
  const releaseCommand = ["node", "migrate.mjs", "the newest"];
  const settings = { name: "shop", healthCheckPath: "/healthz", releaseCommand };
  const { id, repository } = await registerApp(api, app("one", "process.exit(0);"), settings);
  const first = await deploy(api, id);
  expect(await ends(api, first)).toMatchObject({ stage: "success" });
  const log = await logOf(api, first);
  expect(log).toContain("Running the release command: node migrate.mjs 'the newest'\n");
  expect(log).toContain(`migrating for deployment ${first} to the newest\n`);
  expect(log.indexOf("The release command succeeded.")).toBeLessThan(log.indexOf("Starting 1 of shop."));
  const [run] = (await api.get(`/api/apps/${id}/runs`)).body.data;
  expect(run).toMatchObject({ trigger: "release", status: "succeeded", exit_code: 0, deployment_id: first });

  // Asked all the time while the next one fails: not one request is lost.
  const url = await addressOf(api, id);
  let isOver = false;
  let failed = 0;
  const asking = (async () => {
    while (!isOver) {
      const text = await fetch(url).then(
        async (answer) => (answer.status === 200 ? await answer.text() : ""),
        () => "",
      );
      if (text !== "one") failed++;
      await new Promise((resume) => setTimeout(resume, 50));
    }
  })();
  repository.commit(app("two", "process.exit(3);"), "Break the migration");
  const broken = await ends(api, await deploy(api, id));
  expect(broken).toMatchObject({
    stage: "failed",
    failed_stage: "deploying",
    error_code: "release_command_failed",
    exit_code: 3,
    rolled_back: false,
  });
  expect(broken.error_message).toContain("The release command failed: Exited with code 3.");

  repository.commit(app("three", "setInterval(() => {}, 1000);"), "Hang in the migration");
  const hanging = await deploy(api, id);
  await reaches(api, hanging, ["deploying"]);
  await eventually("it runs", async () => {
    const [newest] = (await api.get(`/api/apps/${id}/runs`)).body.data;
    return newest.deployment_id === hanging && newest.status === "running" ? true : undefined;
  });
  expect((await api.get(`/api/deployments/${hanging}`)).body.data.message).toBe("Running the release command");
  await api.post(`/api/deployments/${hanging}/cancel`);
  expect(await ends(api, hanging)).toMatchObject({ stage: "cancelled" });
  const [cancelled] = (await api.get(`/api/apps/${id}/runs`)).body.data;
  expect(cancelled).toMatchObject({ status: "cancelled", deployment_id: hanging });
  isOver = true;
  await asking;
  expect(failed).toBe(0);
  expect((await api.get(`/api/apps/${id}`)).body.data.live_deployment_id).toBe(first);

  // What is put back ran it when it was released.
  const back = (await api.post(`/api/deployments/${first}/rollback`)).body.id;
  expect(await ends(api, back)).toMatchObject({ stage: "success" });
  expect(await logOf(api, back)).not.toContain("release command");
  // Unless it is asked to run it.
  const asked = (await api.post(`/api/deployments/${first}/rollback`, { releaseCommand: true })).body.id;
  expect(await ends(api, asked)).toMatchObject({ stage: "success" });
  expect(await logOf(api, asked)).toContain(`migrating for deployment ${asked} to the newest\n`);
  const redeployed = (await api.post(`/api/apps/${id}/redeploy`, { releaseCommand: true })).body.data.id;
  expect(await ends(api, redeployed)).toMatchObject({ stage: "success" });
  expect(await logOf(api, redeployed)).toContain(`migrating for deployment ${redeployed} to the newest\n`);
});
