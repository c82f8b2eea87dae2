import { expect, test } from "@jest/globals";
import { watchEvents } from "@slipway/monitor/client";
import { clientWorld, someDeployment } from "./world.ts";

function watching() {
  const world = clientWorld({ random: 0 });
  const seen: number[] = [];
  const states: string[] = [];
  const watched = watchEvents(world.client, {
    onDeployment: ({ version }) => seen.push(version),
    onConnection: (state) => states.push(state),
  });
  return { ...world, watched, seen, states };
}

test("every change of every deployment is delivered as it comes", async () => {
  const world = watching();
  await world.pass(0);
  expect(world.socket().address.pathname).toBe("/api/events");
  world.socket().open().say("pong");
  for (const version of [3, 4]) world.socket().say("deployment", someDeployment({ version }));
  world.socket().say("something_new", {});
  expect(world.seen).toEqual([3, 4]);
});

test("each reconnect is reported, so that lists are read anew", async () => {
  const world = watching();
  await world.pass(0);
  world.socket().open().say("pong");
  world.socket().break();
  await world.pass(0);
  world.socket().open().say("pong");
  expect(world.states).toEqual(["connected", "reconnecting", "connected"]);
});

test("where sockets do not get through it says so, and tries one again after a minute", async () => {
  const world = watching();
  await world.pass(0);
  for (let tries = 0; tries < 2; tries++) {
    world.socket().break();
    await world.pass(0);
  }
  expect(world.states.at(-1)).toBe("polling");
  const before = world.sockets.length;
  await world.pass(60_000);
  world.socket().open().say("pong");
  expect(world.sockets).toHaveLength(before + 1);
  expect(world.states.at(-1)).toBe("connected");
});

test("once stopped it is silent and leaves nothing waiting", async () => {
  const world = watching();
  await world.pass(0);
  world.socket().open().say("pong");
  world.watched.stop();
  world.socket().say("deployment", someDeployment());
  world.wake();
  await world.pass(120_000);
  expect(world.sockets).toHaveLength(1);
  expect(world.seen).toEqual([]);
  expect(world.next()).toBeNull();
});
