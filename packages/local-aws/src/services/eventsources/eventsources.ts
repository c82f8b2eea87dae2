import type { FunctionInvoker, LocalContext, LocalPart } from "../../kernel/part.ts";
import { functionArn, mappingFrom } from "./mapping.ts";
import type { Poller } from "./poller.ts";
import { createQueuePoller } from "./queue-poller.ts";
import { createStreamPoller, type OnRecords } from "./stream-poller.ts";

/**
 * Lambda's event-source mappings: queues and DynamoDB streams are polled over the wire as the function's role.
 * A call that is refused, because a grant is missing, is logged once as an error and tried again with back-off.
 */
export function createEventSources(
  context: LocalContext,
  options: {
    readonly invoke: FunctionInvoker;
    /** How long a failed message stays invisible; on AWS that is the queue's visibility time-out. Default 2. */
    readonly retryVisibilitySeconds?: number;
    /** Calls back when a stream has new records, so that nobody asks for them in vain; without it streams are asked often. */
    readonly onRecords?: OnRecords;
  },
): LocalPart {
  const pollers = new Map<string, () => Poller>();
  let running: readonly Poller[] = [];
  const { invoke, retryVisibilitySeconds = 2, onRecords } = options;
  return {
    services: [],
    providers: [
      {
        type: "AWS::Lambda::EventSourceMapping",
        ensure(resource) {
          const mapping = mappingFrom(resource);
          if (mapping.enabled) {
            pollers.set(mapping.id, () =>
              mapping.source === "queue"
                ? createQueuePoller(context, mapping, { invoke, retryVisibilitySeconds })
                : createStreamPoller(context, mapping, invoke, onRecords),
            );
          }
          const name = `${context.region}:${context.account}:event-source-mapping:${mapping.id}`;
          const attributes = { Id: mapping.id, EventSourceMappingArn: `arn:aws:lambda:${name}` };
          return {
            ref: mapping.id,
            attributes: { ...attributes, FunctionArn: functionArn(context, mapping.functionName) },
          };
        },
      },
    ],
    async start() {
      running = [...pollers.values()].map((create) => create());
      for (const poller of running) poller.start();
    },
    async close() {
      await Promise.all(running.map((poller) => poller.stop()));
    },
  };
}
