import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { LocalContext, LocalPart } from "../part.ts";
import { listenerOperations } from "./listeners.ts";
import { createListening } from "./listening.ts";
import { loadBalancerOperations } from "./load-balancers.ts";
import { actionsFor, byWeight } from "./matching.ts";
import type { Action, Listener } from "./model.ts";
import { answer, proxy, type Route } from "./proxy.ts";
import { ruleOperations } from "./rules.ts";
import { openStore, type Store, type Tags } from "./store.ts";
import { tagOperations } from "./tags.ts";
import { targetGroupOperations } from "./target-groups.ts";
import { createTargets, type Targets } from "./targets.ts";
import { proxyUpgrade, refuseUpgrade } from "./upgrade.ts";

export interface ElbOptions {
  /** How long a second of a health check's interval lasts; 1000 if absent. */
  readonly secondMs?: number;
  /** How long a target may be silent; 60 s if absent. */
  readonly idleMs?: number;
}

/** Elastic Load Balancing: its operations, and load balancers that balance. */
export interface Elb extends LocalPart {
  readonly targets: Targets;
  /** Whether a listener or a rule sends to this group; throws `TargetGroupNotFound`. */
  inUse(targetGroupArn: string): boolean;
  listeners(): { readonly port: number; readonly loadBalancerArn: string; readonly tags: Tags }[];
  /** Answers as the listener on that port would; 503 where there is none. */
  forward(listenerPort: number, request: IncomingMessage, response: ServerResponse): void;
  upgrade(listenerPort: number, request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

const IDLE_MS = 60_000;

/** What a listener does with a request: send it to one of a group's targets, or answer by itself. */
function decide(store: Store, context: LocalContext, listener: Listener, request: IncomingMessage): Action | undefined {
  const asked = { host: request.headers.host ?? "", url: request.url ?? "/" };
  const [action] = actionsFor(store.rulesOf(listener.arn), listener.actions, asked);
  if (action?.Type !== "forward") return action;
  const group = byWeight(action.TargetGroups, Number.parseInt(context.randomHex(8), 16) / 2 ** 32);
  return { ...action, TargetGroups: group === undefined ? [] : [group] };
}

export function createElb(context: LocalContext, options: ElbOptions = {}): Elb {
  const store = openStore(context);
  const targets = createTargets({
    clock: context.clock,
    groupOf: (arn) => store.targetGroups.get(arn),
    secondMs: options.secondMs ?? 1000,
  });
  const route = (port: number, action: Action): Route => {
    const [group] = action.Type === "forward" ? action.TargetGroups : [];
    return {
      listenerPort: port,
      idleMs: options.idleMs ?? IDLE_MS,
      pick: (except) => (group === undefined ? undefined : targets.pick(group.TargetGroupArn, except)),
    };
  };
  const serve = (listener: Listener | undefined, request: IncomingMessage, response: ServerResponse): void => {
    const action = listener && decide(store, context, listener, request);
    if (listener === undefined || action === undefined) answer(response, 503);
    else if (action.Type === "forward") proxy(request, response, route(listener.port, action));
    else answer(response, action.StatusCode, action.MessageBody, action.ContentType);
  };
  const hand = (listener: Listener | undefined, request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const action = listener && decide(store, context, listener, request);
    if (listener === undefined || action?.Type !== "forward") refuseUpgrade(socket, 503);
    else proxyUpgrade(request, socket, head, route(listener.port, action));
  };
  const listening = createListening({
    request: (arn, request, response) => serve(store.listeners.get(arn), request, response),
    upgrade: (arn, request, socket, head) => hand(store.listeners.get(arn), request, socket, head),
  });
  const on = (port: number): Listener | undefined => store.listeners.all().find((one) => one.port === port);
  const desk = { context, store };
  const operations = {
    ...loadBalancerOperations(desk),
    ...targetGroupOperations(desk, targets),
    ...listenerOperations(desk, listening),
    ...ruleOperations(desk),
    ...tagOperations(desk),
  };
  const dialect = "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/";
  return {
    services: [{ kind: "query", scope: "elasticloadbalancing", dialect, operations }],
    providers: [],
    targets,
    inUse: (arn) => store.loadBalancersOf(store.targetGroup(arn).arn).length > 0,
    listeners: () =>
      store.listeners.all().map(({ arn, port, loadBalancerArn }) => ({ port, loadBalancerArn, tags: store.tags(arn) })),
    forward: (port, request, response) => serve(on(port), request, response),
    upgrade: (port, request, socket, head) => hand(on(port), request, socket, head),
    start: async () => {
      for (const { arn, port } of store.listeners.all()) {
        if (await listening.open(arn, port)) continue;
        const message = `Port ${port} of a load balancer's listener is taken by another program.`;
        context.log("elb", { level: "WARN", message, listener: arn, port });
      }
    },
    close: async () => {
      targets.close();
      await listening.closeAll();
    },
  };
}
