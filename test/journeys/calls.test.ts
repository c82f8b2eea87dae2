// What a deployment calls is counted on the wire, so that nothing comes to be asked twice again without anybody noticing.
import { expect, test } from "@jest/globals";
import { countedApp, deployWatched, isOwn, reasonOf } from "../../bench/own-calls.ts";
import { inLocalMode } from "../../bench/place.ts";
import { keptCounts } from "../../bench/scale.ts";

/** More than a tenth above what was kept is no chance. */
const tolerance = 1.1;
/** On a busy machine, where each step takes seconds, polls come between them: the fewest of some deployments count. */
const mostTries = 4;

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

test("a deployment with 300 lines and one viewer makes no more calls than were kept", async () => {
  const most = sum(keptCounts().calls) * tolerance;
  const fewest = await inLocalMode({ recorded: true }, async (place) => {
    let best: readonly string[] | null = null;
    for (let n = 1; n <= mostTries && (best === null || best.length > most); n++) {
      const app = await countedApp(place, `counted-${n}`);
      const { calls } = await deployWatched(place, app.id);
      const made = calls.filter(isOwn).map(reasonOf);
      if (best === null || made.length < best.length) best = made;
    }
    return best ?? [];
  });
  const counts = Object.groupBy(fewest, (reason) => reason);
  const list = Object.entries(counts).map(([reason, all = []]) => `${all.length} ${reason}`);
  if (fewest.length > most)
    expect(list).toEqual([`${fewest.length} calls, and at most ${Math.floor(most)} were expected`]);
  expect(fewest.length).toBeLessThanOrEqual(most);
}, 900_000);
