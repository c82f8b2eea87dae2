import type * as z from "zod";
import {
  deploymentFrameSchema,
  errorFrameSchema,
  logFrameSchema,
  logsFrameSchema,
  pingFrameSchema,
  pongFrameSchema,
  refusedFrameSchema,
  statusFrameSchema,
} from "../../contract/frames.ts";
import { connectFeedSchema, connectSchema } from "../../contract/requests.ts";
import { collectSchemas } from "./json-schema.ts";

interface Message {
  readonly summary: string;
  readonly payload: z.ZodType;
}

/** Everything that is said over a socket. */
const messages = {
  status: { summary: "The state of the deployment. The last one has `log_complete`.", payload: statusFrameSchema },
  log: { summary: "A line of the log.", payload: logFrameSchema },
  logs: { summary: "Lines of the log, with `batch=1`.", payload: logsFrameSchema },
  failed: { summary: "The deployment failed; the status that says so follows.", payload: errorFrameSchema },
  deployment: { summary: "The current state of a deployment.", payload: deploymentFrameSchema },
  refused: { summary: "The client's message was not understood. The socket stays open.", payload: refusedFrameSchema },
  pong: { summary: "The response to a ping.", payload: pongFrameSchema },
  ping: { summary: "Checks whether the connection is alive.", payload: pingFrameSchema },
} as const satisfies Record<string, Message>;
type MessageName = keyof typeof messages;

interface Channel {
  readonly address: string;
  readonly title: string;
  readonly description: string;
  readonly query: z.ZodType;
  readonly says: readonly MessageName[];
}

const channels = {
  deployment: {
    address: "/api/deployments/logs",
    title: "One deployment",
    description:
      "First a `status` with the current state, then the log from the cursor, then live messages, in order and each line once. For a finished deployment: `status`, the log, `error` if it failed, and a final `status` with `log_complete`, after which nothing follows. Close codes have no meaning.",
    query: connectSchema,
    says: ["status", "log", "logs", "failed", "refused", "pong"],
  },
  events: {
    address: "/api/events",
    title: "All deployments",
    description:
      "Every change of a deployment that the caller has access to, in the form of the REST API. After connecting, read the list once; if messages repeat, the greatest `version` is the latest.",
    query: connectFeedSchema,
    says: ["deployment", "refused", "pong"],
  },
} as const satisfies Record<string, Channel>;

/** The AsyncAPI 3.0 document of the sockets. */
export function asyncApi(version: string) {
  const schemas = collectSchemas();
  const payloads = Object.entries(messages).map(([name, { summary, payload }]) => [
    name,
    {
      name,
      summary,
      contentType: "application/json",
      payload: name === "ping" ? schemas.input(payload) : schemas.output(payload),
    },
  ]);
  const made = {
    asyncapi: "3.0.0",
    info: {
      title: "Slipway: sockets",
      version,
      license: { name: "MIT" },
      description:
        "JSON text messages. The handshake is rejected with 401 without valid credentials, 404 if the deployment does not exist or is not readable, and 403 for a foreign origin. Messages can gain fields. Further types are sent only to clients that ask for them.",
    },
    defaultContentType: "application/json",
    servers: {
      local: { host: "localhost:8080", protocol: "ws", description: "The local mode." },
      installed: {
        host: "{host}",
        protocol: "wss",
        description: "An installation.",
        variables: { host: { description: "The host of the control plane.", default: "slipway.example.com" } },
      },
    },
    channels: Object.fromEntries(
      Object.entries(channels).map(([name, channel]) => [name, channelOf(channel, schemas.input(channel.query))]),
    ),
    operations: Object.fromEntries(Object.entries(channels).flatMap(([name, channel]) => operationsOf(name, channel))),
  };
  return { ...made, components: { messages: Object.fromEntries(payloads), schemas: schemas.named() } };
}

function channelOf({ address, title, description, says }: Channel, query: unknown) {
  const carried: readonly MessageName[] = [...says, "ping"];
  return {
    address,
    title,
    description,
    messages: Object.fromEntries(carried.map((one) => [one, { $ref: `#/components/messages/${one}` }])),
    bindings: { ws: { method: "GET", query, bindingVersion: "0.1.0" } },
  };
}

/** As AsyncAPI sees it from the server's side: it sends what clients receive. */
function operationsOf(name: string, { title, says }: Channel) {
  const channel = { $ref: `#/channels/${name}` };
  const carried = (names: readonly string[]) => names.map((one) => ({ $ref: `#/channels/${name}/messages/${one}` }));
  return [
    [`send_${name}`, { action: "send", channel, summary: `${title}, as it happens.`, messages: carried(says) }],
    [
      `receive_${name}`,
      {
        action: "receive",
        channel,
        summary: "Keeps the socket open.",
        messages: carried(["ping"]),
        reply: { channel, messages: carried(["pong"]) },
      },
    ],
  ] as const;
}
