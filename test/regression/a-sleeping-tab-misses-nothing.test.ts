// coolify#7719: a tab in the background stalled, and its log had gaps
import { expect, test } from "@jest/globals";
import { watchDeployment } from "@slipway/monitor/client";
import { simulateClient, someLine, someStatus } from "../monitor/client/simulated-client.ts";

test("a tab whose socket died while it slept goes on where it stood, as soon as it is looked at", async () => {
  const simulated = simulateClient({ random: 0.5 });
  const store = watchDeployment(simulated.client, 7);
  store.subscribe(() => {});
  await simulated.pass(0);
  simulated
    .socket()
    .open()
    .say("status", someStatus())
    .say("logs", { lines: [someLine(1), someLine(2)] });
  simulated.socket().break();
  await simulated.pass(0);
  const before = simulated.sockets.length;
  simulated.wake();
  await simulated.pass(0);
  expect(simulated.sockets).toHaveLength(before + 1);
  expect(simulated.socket().address.searchParams.get("after")).toBe("2");
  simulated
    .socket()
    .open()
    .say("logs", { lines: [3, 4, 5].map(someLine) });
  await simulated.pass(1000);
  expect(store.getSnapshot().lines.map(({ cursor }) => cursor)).toEqual([1, 2, 3, 4, 5]);
});
