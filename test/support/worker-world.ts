import type { Message } from "../../lib/core/message.ts";
import type { World } from "../../lib/core/worker/world.ts";
import { apiWorld } from "./api-world.ts";
import {
  memoryApps,
  memoryDeployments,
  memoryImages,
  memoryLanes,
  memoryLog,
  memoryQueue,
  memoryRecords,
  memoryReports,
  simulatedClock,
} from "./memory-world.ts";

const never = (what: string) => () => {
  throw new Error(`The worker was not to ${what}.`);
};

/** A worker's ports over memory. Builds and releases are refused loudly: a test that wants some brings them. */
export function workerWorld(change: Partial<World> = {}): World & { readonly sent: () => readonly Message[] } {
  const clock = simulatedClock();
  const log = memoryLog();
  const queue = memoryQueue(clock);
  return {
    deployments: memoryDeployments(log.isSealed, []),
    log,
    builds: {
      start: never("start a build"),
      stop: never("stop a build"),
      see: never("ask for a build"),
      orderOf: async () => null,
    },
    releases: {
      start: never("release"),
      stop: never("stop a release"),
      see: never("ask for a release"),
      check: never("check a release"),
      remove: async () => true,
      appOf: () => null,
    },
    reports: memoryReports(),
    records: memoryRecords(),
    images: memoryImages(),
    apps: memoryApps(),
    lanes: memoryLanes(),
    heads: apiWorld().world.heads,
    secrets: { put: async () => {}, remove: async () => {}, values: async () => [] },
    gitTokens: { remove: async () => {} },
    endpointAddresses: { remove: async () => {} },
    queue,
    holder: () => "holder",
    now: () => clock.now(),
    note: () => {},
    measure: () => {},
    sent: () => queue.messages.map(({ message }) => message),
    ...change,
  };
}
