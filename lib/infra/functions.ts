import { workerTimeoutSeconds } from "../core/deployment/lease.ts";

/** How much each function gets. The folder's name is the function's name everywhere. */
export const functionSizes = {
  "api-authorize": { memoryMb: 256, timeoutSeconds: 5, does: "Says who asks over REST" },
  "api-to-queue": { memoryMb: 512, timeoutSeconds: 15, does: "Writes the row, then the message" },
  /** A long poll holds for 20 s, and a whole log is streamed. */
  "rows-to-readers": { memoryMb: 512, timeoutSeconds: 60, does: "Reads, long-polls and streams the log" },
  "webhook-to-queue": { memoryMb: 512, timeoutSeconds: 10, does: "Turns GitHub's pushes into deployments" },
  "build-to-rows": { memoryMb: 512, timeoutSeconds: 15, does: "Stores what a build says of itself" },
  "queue-to-work": {
    memoryMb: 512,
    timeoutSeconds: workerTimeoutSeconds,
    does: "Turns a message into the next version of a row",
  },
  "rows-to-sockets": { memoryMb: 512, timeoutSeconds: 60, does: "Sends what changed to the open sockets" },
  "bus-to-notices": { memoryMb: 256, timeoutSeconds: 30, does: "Tells people what became of deployments" },
  "api-to-notices": { memoryMb: 512, timeoutSeconds: 25, does: "Sends a test to each endpoint of an app" },
  "rows-to-bus": { memoryMb: 256, timeoutSeconds: 30, does: "Puts changes of state on the event bus" },
  "bus-to-metrics": { memoryMb: 256, timeoutSeconds: 15, does: "Keeps how deployments ended, for the metrics" },
  sockets: { memoryMb: 256, timeoutSeconds: 10, does: "Keeps the open sockets as rows" },
  "access-to-sockets": { memoryMb: 256, timeoutSeconds: 30, does: "Ends sockets whose holders lost access" },
  "socket-authorize": { memoryMb: 256, timeoutSeconds: 5, does: "Says who opens a socket" },
} as const;

export type FunctionName = keyof typeof functionSizes;

/** Names in the order of the table above. */
export const functionNames = Object.keys(functionSizes) as FunctionName[];
