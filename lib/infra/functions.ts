import { workerTimeoutSeconds } from "../core/deployment/lease.ts";

/** How much each function gets. The folder's name is the function's name everywhere. */
export const functionSizes = {
  "api-authorize": { memoryMb: 256, timeoutSeconds: 5, does: "Authorizes REST requests" },
  "api-to-queue": { memoryMb: 512, timeoutSeconds: 15, does: "Handles API requests: writes the row, then the message" },
  /** A long poll holds for 20 s, and a whole log is streamed. */
  "rows-to-readers": { memoryMb: 512, timeoutSeconds: 60, does: "Reads, long-polls, and streams logs" },
  "webhook-to-queue": { memoryMb: 512, timeoutSeconds: 10, does: "Turns pushes into deployments" },
  "build-to-rows": { memoryMb: 512, timeoutSeconds: 15, does: "Stores the reports of builds" },
  "queue-to-work": {
    memoryMb: 512,
    timeoutSeconds: workerTimeoutSeconds,
    does: "Worker: turns a message into the next version of a row",
  },
  "rows-to-sockets": { memoryMb: 512, timeoutSeconds: 60, does: "Sends changes to open sockets" },
  "bus-to-notices": { memoryMb: 256, timeoutSeconds: 30, does: "Sends notifications" },
  "api-to-notices": { memoryMb: 512, timeoutSeconds: 25, does: "Sends test notifications" },
  "rows-to-bus": { memoryMb: 256, timeoutSeconds: 30, does: "Publishes stage changes to the event bus" },
  "bus-to-metrics": { memoryMb: 256, timeoutSeconds: 15, does: "Records ended deployments for the metrics" },
  sockets: { memoryMb: 256, timeoutSeconds: 10, does: "Manages WebSocket connections" },
  "access-to-sockets": { memoryMb: 256, timeoutSeconds: 30, does: "Closes sockets whose owners lost access" },
  "socket-authorize": { memoryMb: 256, timeoutSeconds: 5, does: "Authorizes WebSocket connections" },
} as const;

export type FunctionName = keyof typeof functionSizes;

/** Names in the order of the table above. */
export const functionNames = Object.keys(functionSizes) as FunctionName[];
