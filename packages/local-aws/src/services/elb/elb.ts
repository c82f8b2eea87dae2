import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { HoldConnections } from "../../kernel/descriptors.ts";
import type { LocalContext, LocalPart } from "../../kernel/part.ts";
import type { Recorder } from "./counting.ts";
import { listenerOperations } from "./listeners.ts";
import { createListening } from "./listening.ts";
import { loadBalancerOperations } from "./load-balancers.ts";
import { shareOf } from "./matching.ts";
import type { Listener } from "./model.ts";
import { ruleOperations } from "./rules.ts";
import { createServing } from "./serving.ts";
import { openStore, type Tags } from "./store.ts";
import { tagOperations } from "./tags.ts";
import { targetGroupOperations } from "./target-groups.ts";
import { createTargets, type Targets } from "./targets.ts";

export interface ElbOptions {
  /** How long a second of a health check's interval lasts; 1000 if absent. */
  readonly secondMs?: number;
  /** How long a target may be silent; 60 s if absent. */
  readonly idleMs?: number;
  /** Who counts requests and answers; nobody if absent. */
  readonly record?: Recorder;
  /** Who bounds the connections of the listeners; nobody if absent. */
  readonly hold?: HoldConnections;
}

/** Elastic Load Balancing: its operations, and load balancers that balance. */
export interface Elb extends LocalPart {
  readonly targets: Targets;
  /** Whether a listener or a rule sends to this group; throws `TargetGroupNotFound`. */
  inUse(targetGroupArn: string): boolean;
  /** How many percent of a rule's requests go to this group; `null`: there is no such rule, or it has no weights. */
  share(ruleArn: string, targetGroupArn: string): number | null;
  listeners(): { readonly port: number; readonly loadBalancerArn: string; readonly tags: Tags }[];
  /** Answers as the listener on that port would; 503 where there is none. */
  forward(listenerPort: number, request: IncomingMessage, response: ServerResponse): void;
  upgrade(listenerPort: number, request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

const IDLE_MS = 60_000;
const HIGHEST_PORT = 65_535;

export function createElb(context: LocalContext, options: ElbOptions = {}): Elb {
  const store = openStore(context);
  const targets = createTargets({
    clock: context.clock,
    groupOf: (arn) => store.targetGroups.get(arn),
    secondMs: options.secondMs ?? 1000,
  });
  const { idleMs = IDLE_MS, record = () => undefined, hold = () => undefined } = options;
  const serving = createServing({ context, store, targets, idleMs, record });
  const handlers = {
    request: (arn: string, request: IncomingMessage, response: ServerResponse) =>
      serving.serve(store.listeners.get(arn), request, response),
    upgrade: (arn: string, request: IncomingMessage, socket: Duplex, head: Buffer) =>
      serving.upgrade(store.listeners.get(arn), request, socket, head),
  };
  const listening = createListening(handlers, hold);
  const on = (port: number): Listener | undefined => store.listeners.where("port", String(port))[0];
  /** The next port that nobody has and no other listener is known by: whoever asked there would meet another's app. */
  const openNearby = async ({ arn, port }: Listener): Promise<number> => {
    for (let next = port + 1; next <= HIGHEST_PORT; next++) {
      if (on(next) === undefined && (await listening.open(arn, next))) return next;
    }
    throw new Error(`no port above ${port} is free for the listener ${arn}`);
  };
  const deps = { context, store };
  const operations = {
    ...loadBalancerOperations(deps),
    ...targetGroupOperations(deps, targets),
    ...listenerOperations(deps, listening),
    ...ruleOperations(deps),
    ...tagOperations(deps),
  };
  const dialect = "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/";
  return {
    services: [{ kind: "query", scope: "elasticloadbalancing", dialect, operations }],
    providers: [],
    targets,
    inUse: (arn) => store.loadBalancersOf(store.targetGroup(arn).arn).length > 0,
    share: (ruleArn, targetGroupArn) => shareOf(store.rules.get(ruleArn)?.actions ?? [], targetGroupArn),
    listeners: () =>
      store.listeners.all().map(({ arn, port, loadBalancerArn }) => ({ port, loadBalancerArn, tags: store.tags(arn) })),
    forward: (port, request, response) => serving.serve(on(port), request, response),
    upgrade: (port, request, socket, head) => serving.upgrade(on(port), request, socket, head),
    start: async () => {
      const displaced: Listener[] = [];
      for (const one of store.listeners.all()) if (!(await listening.open(one.arn, one.port))) displaced.push(one);
      for (const one of displaced) {
        const port = await openNearby(one);
        store.listeners.put(one.arn, { ...one, port });
        const message = `Port ${one.port} is taken by another program: the listener moved to port ${port}.`;
        context.log("elb", { level: "WARN", message, listener: one.arn, port });
      }
    },
    close: async () => {
      targets.close();
      await listening.closeAll();
    },
  };
}
