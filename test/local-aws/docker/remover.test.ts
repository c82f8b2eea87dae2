import { expect, test } from "@jest/globals";
import { createRemover, saysGone } from "@slipway/local-aws/containers/docker/remover";

/** An engine that is away for so many commands, and a clock whose timers a test fires. */
function fixture(away: number) {
  const asked: string[] = [];
  const pauses: number[] = [];
  const timers: (() => void)[] = [];
  const clock = {
    now: () => 0,
    elapsed: () => 0,
    after: (ms: number, run: () => void) => {
      pauses.push(ms);
      timers.push(run);
      return () => undefined;
    },
  };
  const remove = createRemover(clock, async (name) => {
    asked.push(name);
    return asked.length > away;
  });
  const passes = async () => {
    timers.shift()?.();
    await new Promise(setImmediate);
  };
  return { remove, asked, pauses, passes };
}

test("a container is removed once, and none waits where the engine answers", async () => {
  const { remove, asked, pauses } = fixture(0);
  await remove("one");
  await remove("two");
  expect(asked).toEqual(["one", "two"]);
  expect(pauses).toEqual([]);
});

test("while the engine is away it is tried again, with longer and longer pauses, until it is removed", async () => {
  const { remove, asked, pauses, passes } = fixture(4);
  await remove("one");
  await remove("two");
  await passes();
  await passes();
  await passes();
  expect(asked).toEqual(["one", "two", "one", "two", "one", "two"]);
  expect(pauses).toEqual([1000, 2000]);
});

test.each([
  "Error: No such container: a",
  "Error response from daemon: No such image: a:latest",
  'Error: no container with name or ID "a" found: no such container',
  "Error: a: image not known",
])("it is gone: %s", (said) => expect(saysGone(said)).toBe(true));

test.each([
  "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
  "Error response from daemon: conflict: unable to remove repository reference (must force) - container 1 is using its referenced image 2",
])("it is there yet, or that is not known: %s", (said) => expect(saysGone(said)).toBe(false));
