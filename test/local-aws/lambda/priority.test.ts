import { expect, test } from "@jest/globals";
import { openPriority } from "@slipway/local-aws/services/lambda/priority";
import { manualClock } from "../support/clocks.ts";

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function fixture(processors: number) {
  const clock = manualClock();
  const priority = openPriority(processors, clock);
  const ends = new Map<string, () => void>();
  const run = (name: string) => () => new Promise<void>((resolve) => void ends.set(name, resolve));
  return {
    clock,
    answer: (name: string) => void priority.foreground(run(name)),
    work: (name: string) => void priority.background(run(name)),
    end: async (name: string) => {
      ends.get(name)?.();
      ends.delete(name);
      await settled();
    },
    running: async () => {
      await settled();
      return [...ends.keys()];
    },
  };
}

test("while nobody waits for an answer, all of the background runs", async () => {
  const { work, running } = fixture(2);
  for (const name of ["a", "b", "c", "d"]) work(name);
  expect(await running()).toEqual(["a", "b", "c", "d"]);
});

test("while somebody waits, as much of it runs as there are processors", async () => {
  const { answer, work, end, running } = fixture(2);
  answer("answer");
  for (const name of ["a", "b", "c"]) work(name);
  expect(await running()).toEqual(["answer", "a", "b"]);
  await end("a");
  expect(await running()).toEqual(["answer", "b", "c"]);
});

test("while more wait than there are processors, it runs one at a time and rests four times as long as that took", async () => {
  const { clock, answer, work, end, running } = fixture(2);
  const answers = ["1", "2", "3"];
  for (const name of answers) answer(name);
  for (const name of ["a", "b", "c"]) work(name);
  expect(await running()).toEqual([...answers, "a"]);
  clock.advance(100);
  await end("a");
  clock.advance(399);
  expect(await running()).toEqual(answers);
  clock.advance(1);
  expect(await running()).toEqual([...answers, "b"]);
});

test("it never rests for longer than fifteen seconds, and not once there are processors enough", async () => {
  const { clock, answer, work, end, running } = fixture(2);
  for (const name of ["1", "2", "3"]) answer(name);
  for (const name of ["a", "b", "c"]) work(name);
  expect(await running()).toEqual(["1", "2", "3", "a"]);
  clock.advance(60_000);
  await end("a");
  clock.advance(14_999);
  expect(await running()).toEqual(["1", "2", "3"]);
  clock.advance(1);
  expect(await running()).toEqual(["1", "2", "3", "b"]);
  await end("b");
  await end("1");
  expect(await running()).toEqual(["2", "3", "c"]);
});
