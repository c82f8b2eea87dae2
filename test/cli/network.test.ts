import { expect, test } from "@jest/globals";
import { type App, type Client, RequestError } from "@slipway/monitor/client";
import { checkNetwork } from "../../packages/cli/src/doctor/network.ts";

type Health = App["health"];

/** Apps in these states, each with a task that stopped for this reason. */
const examine = (healths: readonly Health[], reason: string | null) => {
  const asked: number[] = [];
  const apps = healths.map((health, index) => ({ id: index + 1, name: `app-${index + 1}`, health }) as App);
  const client = {
    showAppStatus: async (id: number) => {
      asked.push(id);
      return { health: "down", tasks: [{ reason }] };
    },
  } as unknown as Client;
  return { found: checkNetwork(client, apps), asked };
};

test.each([
  "It did not start: ResourceInitializationError: unable to pull secrets or registry auth: There is a connection issue between the task and Amazon ECR.",
  'It did not start: ResourceInitializationError: failed to validate logger args: Post "https://logs.eu-west-1.amazonaws.com/": dial tcp 10.0.0.1:443: i/o timeout.',
  "It did not start: CannotPullContainerError: pull image manifest has been retried 5 time(s): context deadline exceeded.",
])("tasks that cannot reach AWS are named with what to do: %s", async (reason) => {
  const { found, asked } = examine(["live", "down"], reason);
  expect(await found).toEqual([
    {
      check: "network",
      outcome: "wrong",
      says: `tasks of app-2 cannot reach AWS: ${reason}`,
      advice: expect.stringContaining("npm run deploy -- --plan"),
    },
  ]);
  // Of apps that are up there is nothing to ask.
  expect(asked).toEqual([2]);
});

test.each([404, 503])("a status that is answered %i says nothing of the network", async (status) => {
  const client = {
    showAppStatus: async () => Promise.reject(new RequestError(status, "unknown", "Not now.")),
  } as unknown as Client;
  const app = { id: 1, name: "app-1", health: "down" } as App;
  expect(await checkNetwork(client, [app])).toMatchObject([{ outcome: "well" }]);
});

test.each<[Health[], string | null, string]>([
  [["live", "degraded"], "The container exited with code 1.", "well"],
  [["down"], "It did not start: CannotPullContainerError: repository does not exist.", "well"],
  [["live"], null, "well"],
  [["none"], null, "skipped"],
  [[], null, "skipped"],
])("apps that are %j, with %j", async (healths, reason, outcome) => {
  expect(await examine(healths, reason).found).toMatchObject([{ outcome }]);
});
