// coolify#11707: behind a proxy that blocks sockets nothing was ever shown
import { expect, test } from "@jest/globals";
import { watchDeployment } from "@slipway/monitor/client";
import { simulateClient, someDeployment, someLine } from "../monitor/client/simulated-client.ts";

test("when handshakes fail and REST answers, the log is read without a socket, and nobody had to choose that", async () => {
  const simulated = simulateClient();
  let isOver = false;
  simulated.answer((_method, path) => {
    const data = path.includes("after=0") ? [someLine(1), someLine(2)] : [];
    const deployment = someDeployment(
      isOver ? { stage: "success", log_complete: true, version: 9 } : { stage: "building" },
    );
    const page = { success: true, data, next_cursor: 2, complete: isOver };
    return { body: path.includes("/logs") ? page : { success: true, data: deployment } };
  });
  const store = watchDeployment(simulated.client, 7);
  store.subscribe(() => {});
  for (let attempt = 0; attempt < 10 && store.getSnapshot().connection !== "polling"; attempt++) {
    await simulated.pass(15_000);
    simulated.socket().break();
  }
  expect(store.getSnapshot().connection).toBe("polling");
  isOver = true;
  await simulated.pass(15_000);
  expect(store.getSnapshot()).toMatchObject({ connection: "finished", deployment: { stage: "success" } });
  expect(store.getSnapshot().lines.map(({ cursor }) => cursor)).toEqual([1, 2]);
});
