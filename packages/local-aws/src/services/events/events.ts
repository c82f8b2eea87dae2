import * as z from "zod";
import type { AwsEvent, FunctionInvoker, LocalContext, LocalPart } from "../../kernel/part.ts";
import { uuid } from "../../kernel/uuid.ts";
import { createDeliveries } from "./deliveries.ts";
import { type AcceptedEntry, putEventsOperation } from "./put-events.ts";
import { createRules, DEFAULT_BUS } from "./rules.ts";
import { createSender } from "./sender.ts";
import type { BusEvent } from "./transform.ts";

const inboxSchema = z.object({
  /** Sorts by arrival. */
  key: z.string(),
  bus: z.string(),
  event: z.object({
    version: z.literal("0"),
    id: z.string(),
    "detail-type": z.string(),
    source: z.string(),
    account: z.string(),
    time: z.string(),
    region: z.string(),
    resources: z.array(z.string()),
    detail: z.unknown(),
  }),
});

function busEvent(context: LocalContext, entry: AcceptedEntry): BusEvent & { resources: string[] } {
  const time = new Date(entry.time ?? context.clock.now()).toISOString();
  return {
    version: "0",
    id: uuid(context.randomHex),
    "detail-type": entry.detailType,
    source: entry.source,
    account: context.account,
    time: `${time.slice(0, 19)}Z`,
    region: context.region,
    resources: [...entry.resources],
    detail: entry.detail,
  };
}

/**
 * EventBridge: buses, rules and their targets (queues, functions, log groups). Delivery is at least once and survives a kill.
 * Events that come before `start` wait, on disk, until all rules exist. Targets that refuse for want of a grant are not
 * tried again, as on AWS: the event goes to the dead-letter queue where there is one, and the log says so.
 */
export function createEvents(
  context: LocalContext,
  options: { readonly invoke?: FunctionInvoker } = {},
): LocalPart & {
  /** Puts an AWS service's event on the default bus. Durable when it returns. */
  put(event: AwsEvent): void;
} {
  const rules = createRules(context);
  const credentials = context.serviceCredentials("events.amazonaws.com");
  const sender = createSender(context, { stream: "events", credentials: () => credentials, invoke: options.invoke });
  const deliveries = createDeliveries(context, { name: "events-deliveries", stream: "events", sender });
  const inbox = context.state.collection("events-inbox", inboxSchema);
  let started = false;
  let arrivals = 0;

  function dispatch(bus: string, event: BusEvent): void {
    for (const { target, input } of rules.route(bus, event)) deliveries.add(target, input);
  }
  function keep(bus: string, event: ReturnType<typeof busEvent>): void {
    arrivals += 1;
    const key = `${String(context.clock.now()).padStart(15, "0")}-${String(arrivals).padStart(9, "0")}-${event.id}`;
    inbox.put(key, { key, bus, event });
  }
  function accept(entry: AcceptedEntry): string {
    const event = busEvent(context, entry);
    if (started) dispatch(entry.bus, event);
    else keep(entry.bus, event);
    return event.id;
  }

  const operations = { PutEvents: putEventsOperation(context, { hasBus: rules.hasBus, accept }) };
  return {
    services: [{ kind: "json", scope: "events", dialect: "application/x-amz-json-1.1", operations }],
    providers: rules.providers,
    put({ source, "detail-type": detailType, resources, detail }) {
      accept({ bus: DEFAULT_BUS, source, detailType, resources, detail, time: undefined });
    },
    async start() {
      started = true;
      deliveries.start();
      for (const { key, bus, event } of inbox.all()) {
        dispatch(bus, event);
        inbox.delete(key);
      }
    },
    close: () => deliveries.close(),
  };
}
