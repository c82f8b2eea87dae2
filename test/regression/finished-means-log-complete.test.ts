// the original's own example: the component reconnected after every close and appended the replay again
import { expect, test } from "@jest/globals";
import { watchDeployment } from "@slipway/monitor/client";
import { simulateClient, someDeployment, someLine, someStatus } from "../monitor/client/simulated-client.ts";

test("a close reconnects with the cursor, repeats are dropped, and log_complete alone is the end", async () => {
  const simulated = simulateClient({ random: 0 });
  const store = watchDeployment(simulated.client, 7);
  store.subscribe(() => {});
  await simulated.pass(0);
  const first = simulated.socket().open();
  first.say("logs", { lines: [someLine(1), someLine(2)] });
  first.say("status", someStatus({ stage: "success", version: 4 }));
  first.break(1000);
  await simulated.pass(0);
  const second = simulated.socket().open();
  expect(second.address.searchParams.get("after")).toBe("2");
  second.say("logs", { lines: [someLine(2), someLine(3)] });
  simulated.answer(() => ({ body: { success: true, data: someDeployment({ stage: "success", version: 5 }) } }));
  second.say("status", someStatus({ stage: "success", version: 4, log_complete: true }));
  second.break(1000);
  await simulated.pass(60_000);
  const { lines, connection } = await store.finished;
  expect(connection).toBe("finished");
  expect(lines.map(({ cursor }) => cursor)).toEqual([1, 2, 3]);
  expect(simulated.sockets).toHaveLength(2);
});
