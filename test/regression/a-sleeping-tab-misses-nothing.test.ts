// coolify#7719: a tab in the background stalled, and its log had gaps
import { expect, test } from "@jest/globals";
import { watchDeployment } from "@slipway/monitor/client";
import { clientWorld, someLine, someStatus } from "../monitor/client/world.ts";

test("a tab whose socket died while it slept goes on where it stood, as soon as it is looked at", async () => {
  const world = clientWorld({ random: 0.5 });
  const store = watchDeployment(world.client, 7);
  store.subscribe(() => {});
  await world.pass(0);
  world
    .socket()
    .open()
    .say("status", someStatus())
    .say("logs", { lines: [someLine(1), someLine(2)] });
  world.socket().break();
  await world.pass(0);
  const before = world.sockets.length;
  world.wake();
  await world.pass(0);
  expect(world.sockets).toHaveLength(before + 1);
  expect(world.socket().address.searchParams.get("after")).toBe("2");
  world
    .socket()
    .open()
    .say("logs", { lines: [3, 4, 5].map(someLine) });
  await world.pass(1000);
  expect(store.getSnapshot().lines.map(({ cursor }) => cursor)).toEqual([1, 2, 3, 4, 5]);
});
