// A Git host waits ten seconds: the intake asks for nothing of other apps, and for nothing after the other that can be at once.
import { expect, test } from "@jest/globals";
import { someApp, someSettings } from "../support/deployments.ts";
import { deliver, pushed, webhookDeps } from "../support/webhooks.ts";

/** The calls of ports, and how many of them had to wait for another one. */
function counting() {
  const calls: string[] = [];
  let ended = 0;
  const watched = <Port extends object>(name: string, port: Port): Port =>
    new Proxy(port, {
      get: (target, key) => {
        const of: unknown = Reflect.get(target, key);
        if (typeof of !== "function") return of;
        return async (...given: unknown[]) => {
          const depth = ended + 1;
          calls.push(`${name}.${String(key)}`);
          await new Promise((resume) => setImmediate(resume));
          const answer: unknown = await of.apply(target, given);
          ended = Math.max(ended, depth);
          return answer;
        };
      },
    });
  return { calls, watched, depth: () => ended };
}

function setUp(appsOfTheRepository: number) {
  const { deps, kept } = webhookDeps();
  for (let id = 1; id <= 200; id++) {
    const repo_url =
      id <= appsOfTheRepository ? "https://git.example.com/shop.git" : `https://git.example.com/${id}.git`;
    kept.apps.set(id, someApp({ id, settings: someSettings({ name: `app-${id}`, repo_url }) }));
  }
  const counted = counting();
  const { apps, marks, deployments, counters, pushes, queue } = deps;
  const ports = { apps, marks, deployments, counters, pushes, queue };
  const watched = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, counted.watched(name, port)]));
  return { deps: { ...deps, ...watched }, ...counted };
}

const push = (apps: number) => {
  const { deps, calls, depth } = setUp(apps);
  return deliver(deps, pushed("a"), { "x-github-delivery": "one" }).then(() => ({ calls, depth: depth() }));
};

test("of one app it makes nine calls, two of them beside others, whatever other apps there are", async () => {
  const { calls, depth } = await push(1);
  expect(calls.toSorted()).toEqual([
    "apps.ofRepositories",
    "counters.next",
    "deployments.create",
    "marks.asked",
    "marks.get",
    "pushes.claim",
    "pushes.conclude",
    "pushes.outcomeOf",
    "queue.send",
  ]);
  expect(depth).toBe(7);
});

test("of several apps it takes no longer than of one", async () => {
  expect((await push(12)).depth).toBe(7);
});
