import { expect, test } from "@jest/globals";
import { watchEvents } from "@slipway/monitor/client";
import { simulateClient, someDeployment } from "./simulated-client.ts";

function watching() {
  const simulated = simulateClient({ random: 0 });
  const seen: number[] = [];
  const states: string[] = [];
  const watched = watchEvents(simulated.client, {
    onDeployment: ({ version }) => seen.push(version),
    onConnection: (state) => states.push(state),
  });
  return { ...simulated, watched, seen, states };
}

test("every change of every deployment is delivered as it comes", async () => {
  const simulated = watching();
  await simulated.pass(0);
  expect(simulated.socket().address.pathname).toBe("/api/events");
  simulated.socket().open().say("pong");
  for (const version of [3, 4]) simulated.socket().say("deployment", someDeployment({ version }));
  simulated.socket().say("something_new", {});
  expect(simulated.seen).toEqual([3, 4]);
});

test("each reconnect is reported, so that lists are read anew", async () => {
  const simulated = watching();
  await simulated.pass(0);
  simulated.socket().open().say("pong");
  simulated.socket().break();
  await simulated.pass(0);
  simulated.socket().open().say("pong");
  expect(simulated.states).toEqual(["connected", "reconnecting", "connected"]);
});

test("where sockets do not get through it says so, and tries one again after a minute", async () => {
  const simulated = watching();
  await simulated.pass(0);
  for (let tries = 0; tries < 2; tries++) {
    simulated.socket().break();
    await simulated.pass(0);
  }
  expect(simulated.states.at(-1)).toBe("polling");
  const before = simulated.sockets.length;
  await simulated.pass(60_000);
  simulated.socket().open().say("pong");
  expect(simulated.sockets).toHaveLength(before + 1);
  expect(simulated.states.at(-1)).toBe("connected");
});

test("once stopped it is silent and leaves nothing waiting", async () => {
  const simulated = watching();
  await simulated.pass(0);
  simulated.socket().open().say("pong");
  simulated.watched.stop();
  simulated.socket().say("deployment", someDeployment());
  simulated.wake();
  await simulated.pass(120_000);
  expect(simulated.sockets).toHaveLength(1);
  expect(simulated.seen).toEqual([]);
  expect(simulated.next()).toBeNull();
});
