import type { Measurement } from "../measurement.ts";
import { deployment } from "./deployment.ts";
import { functions } from "./functions.ts";
import { lines } from "./lines.ts";
import { page, scrolling } from "./page.ts";
import { requests } from "./requests.ts";
import { bundles, starts } from "./starts.ts";
import { statuses } from "./statuses.ts";
import { viewers } from "./viewers.ts";
import { way } from "./way.ts";

/** One part of the benchmarks. Each has a local mode of its own, and can be run alone. */
export interface Part {
  /** What it measures, for people. */
  readonly about: string;
  readonly run: () => Promise<Measurement[]>;
  /** The same with few samples; absent: it is left out where it has to be quick. */
  readonly quick?: () => Promise<Measurement[]>;
}

const sparse = { name: "one in 1.2 s", lines: 40, atOnce: 1, everyMs: 1200, batch: false };
const steady = { name: "20 a second", lines: 600, atOnce: 1, everyMs: 50, batch: false };
const flood = { name: "5,000 a second in batches", lines: 50_000, atOnce: 100, everyMs: 20, batch: true };

/** Every part by its name, in the order in which they are run. */
export const parts: Readonly<Record<string, Part>> = {
  requests: {
    about: "GET /api/health and POST /api/deployments",
    run: () => requests({ samples: 500 }),
    quick: () => requests({ samples: 100 }),
  },
  statuses: {
    about: "a status written to DynamoDB until it is at a socket, 500 of them",
    run: () => statuses({ samples: 500 }),
  },
  "lines-sparse": { about: "a printed line until it is at a socket, one in 1.2 s", run: () => lines(sparse) },
  "lines-steady": {
    about: "the same at 20 lines a second",
    run: () => lines(steady),
    quick: () => lines({ ...steady, lines: 100 }),
  },
  way: { about: "where the time of a line goes: stored, read from the stream, posted", run: () => way({ lines: 60 }) },
  "lines-flood": { about: "the same at 5,000 lines a second, exactly counted", run: () => lines(flood) },
  viewers: {
    about: "the same for 1,000 viewers who take lines in batches, as the dashboard does",
    run: () => viewers({ viewers: 1000, lines: 100, batch: true }),
  },
  "viewers-each": {
    about: "the same for 1,000 viewers with a message for each line",
    run: () => viewers({ viewers: 1000, lines: 100, batch: false }),
  },
  "viewers-some": {
    about: "the same for 133 viewers with a message for each line",
    run: () => viewers({ viewers: 133, lines: 100, batch: false }),
  },
  page: { about: "a printed line and a status until they are on the page", run: () => page({ deployments: 20 }) },
  scrolling: { about: "frames of the page while a long log is scrolled", run: () => scrolling() },
  deployment: {
    about: "the example from ready to live, and a change of it",
    run: () => deployment({ again: 5 }),
    quick: () => deployment({ again: 1 }),
  },
  starts: { about: "start-up of the local mode and of the command line", run: starts },
  functions: { about: "what a cold start of each function loads, beside its SDK clients alone", run: functions },
  bundles: { about: "what pages get of the monitor", run: bundles },
};
