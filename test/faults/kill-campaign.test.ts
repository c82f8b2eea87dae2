import { expect, test } from "@jest/globals";
import { runCampaign } from "../../bench/soak/campaign.ts";
import { planOf } from "../../bench/soak/plan.ts";
import { temporaryDirectory } from "../support/local-mode.ts";

const options = {
  seed: "ci",
  ...{ apps: 3, rounds: 2 },
  ...{ kills: 3, stops: 1, fills: 0 },
  ...{ stopFrom: 4_000, stopTo: 8_000 },
  ...{ betweenFrom: 2_000, betweenTo: 10_000 },
};

test("a seed decides who does what, and which faults come", () => {
  expect(planOf(options)).toEqual(planOf(options));
  expect(planOf({ ...options, seed: "another" })).not.toEqual(planOf(options));
});

// What a longer campaign adds is time: `npm run soak -- --kills --minutes 30` (docs/soak.md).
test("kills and a stop over canary, blue-green and linear releases leave nothing lost, doubled, stuck or wrong", async () => {
  const said: string[] = [];
  const report = await runCampaign({
    plan: planOf(options),
    directory: temporaryDirectory(),
    lastsMs: null,
    minute: "10s",
    say: (line) => void said.push(line),
  });
  // What was done comes with it when it fails.
  expect({ complaints: report.complaints, said: report.complaints.length === 0 ? [] : said }).toEqual({
    complaints: [],
    said: [],
  });
}, 900_000);
