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
  status: { summary: "How the deployment stands. The last one has `log_complete`.", payload: statusFrameSchema },
  log: { summary: "A line of the log.", payload: logFrameSchema },
  logs: { summary: "Lines of the log, with `batch=1`.", payload: logsFrameSchema },
  failed: { summary: "The deployment failed; the status that says so follows.", payload: errorFrameSchema },
  deployment: { summary: "How a deployment is now.", payload: deploymentFrameSchema },
  refused: { summary: "What was sent is not understood. The socket stays open.", payload: refusedFrameSchema },
  pong: { summary: "The answer to a ping.", payload: pongFrameSchema },
  ping: { summary: "Asks whether anybody is there.", payload: pingFrameSchema },
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
      "First a `status` with the present state, then the log from the cursor, then everything live, in order, each line once. A deployment that has ended: `status`, the log, `error` if it failed, and the `status` with `log_complete`, after which nothing follows. Close codes mean nothing.",
    query: connectSchema,
    says: ["status", "log", "logs", "failed", "refused", "pong"],
  },
  events: {
    address: "/api/events",
    title: "All deployments",
    description:
      "Each change of a deployment that the caller may read, as the REST API shows it. Whoever connects reads the list first; of repeated messages the greatest `version` counts.",
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
        "Text messages of JSON. A handshake is refused with 401 without credentials, 404 for what is not there or not readable, 403 from a foreign origin. A message may gain fields, and there may be types that a client asked for.",
    },
    defaultContentType: "application/json",
    servers: {
      local: { host: "localhost:8080", protocol: "ws", description: "The local mode." },
      installed: {
        host: "{host}",
        protocol: "wss",
        description: "An installation.",
        variables: { host: { description: "Where the control plane is reached.", default: "slipway.example.com" } },
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
