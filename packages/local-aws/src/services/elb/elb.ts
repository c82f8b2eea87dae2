import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { SecureContext } from "node:tls";
import type { HoldConnections } from "../../kernel/descriptors.ts";
import type { LocalContext, LocalPart } from "../../kernel/part.ts";
import { createCertificates, type FindCertificate } from "./certificates.ts";
import { countTargets, type Recorder } from "./counting.ts";
import { listenerOperations, removeListener } from "./listeners.ts";
import { createListening, type Opened } from "./listening.ts";
import { canonicalZone, loadBalancerOperations } from "./load-balancers.ts";
import { shareOf } from "./matching.ts";
import type { Listener } from "./model.ts";
import { elbProviders, removeForgotten } from "./providers.ts";
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
  /**
   * Where ports of listeners are reached on this machine: `{443: 8443}`. Listeners on these have no socket of their own, since
   * all load balancers have one address here; whoever has that socket hands requests over (`at`).
   */
  readonly published?: Published;
  /** The same of load balancers of scheme `internal`, which are not for everybody. */
  readonly publishedInternally?: Published;
  /** Which ports of this machine listeners may take, as if others were somebody else's; any if absent. */
  readonly mayTake?: (port: number) => boolean;
  /** The certificates of listeners; any is taken if absent, and none presented. */
  readonly certificates?: FindCertificate;
}

/** By port of a listener. */
type Published = Readonly<Record<number, number>>;

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
  /** The load balancer with that hosted zone ID, as an alias record names it; `undefined`: there is none, or it does not listen there. */
  at(zoneId: string, port: number): PublishedListener | undefined;
  /** Whether a listener has this certificate. */
  usesCertificate(arn: string): boolean;
}

/** A listener that has no socket of its own. */
export interface PublishedListener {
  /** What it presents to a client that asked for this name. */
  context(name: string): SecureContext | undefined;
  serve(request: IncomingMessage, response: ServerResponse): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

const IDLE_MS = 60_000;
const HIGHEST_PORT = 65_535;

export function createElb(context: LocalContext, options: ElbOptions = {}): Elb {
  const store = openStore(context);
  const { idleMs = IDLE_MS, record = () => undefined, hold = () => undefined, mayTake = () => true } = options;
  const publishedOf = ({ loadBalancerArn }: Pick<Listener, "loadBalancerArn">): Published => {
    const isInternal = store.loadBalancers.get(loadBalancerArn)?.scheme === "internal";
    return (isInternal ? options.publishedInternally : options.published) ?? {};
  };
  const targets: Targets = createTargets({
    clock: context.clock,
    groupOf: (arn) => store.targetGroups.get(arn),
    secondMs: options.secondMs ?? 1000,
    onChecked: (group) => {
      const inState = (state: string) => targets.of(group).filter(({ health }) => health.state === state).length;
      const counts = { healthy: inState("healthy"), unhealthy: inState("unhealthy") };
      for (const balancer of store.loadBalancersOf(group)) countTargets(record, balancer, group, counts);
    },
  });
  const reachedAt = (listener: Listener, port: number): number => publishedOf(listener)[port] ?? port;
  const serving = createServing({ context, store, targets, idleMs, record, reachedAt });
  const certificates = createCertificates(options.certificates);
  const handlers = {
    request: (arn: string, request: IncomingMessage, response: ServerResponse) =>
      serving.serve(store.listeners.get(arn), request, response),
    upgrade: (arn: string, request: IncomingMessage, socket: Duplex, head: Buffer) =>
      serving.upgrade(store.listeners.get(arn), request, socket, head),
  };
  const isPublished = (listener: Opened): boolean => Object.hasOwn(publishedOf(listener), listener.port);
  const listening = createListening(handlers, { hold, isPublished, mayTake });
  const on = (port: number): Listener | undefined => store.listeners.where("port", String(port))[0];
  /** The next port that nobody has and no other listener is known by: whoever asked there would meet another's app. */
  const openNearby = async (listener: Listener): Promise<number> => {
    for (let next = listener.port + 1; next <= HIGHEST_PORT; next++) {
      if (on(next) === undefined && (await listening.open({ ...listener, port: next }))) return next;
    }
    throw new Error(`no port above ${listener.port} is free for the listener ${listener.arn}`);
  };
  const deps = { context, store };
  const parts = { listening, certificates };
  const ofTemplate = new Set<string>();
  const operations = {
    ...loadBalancerOperations(deps),
    ...targetGroupOperations(deps, targets),
    ...listenerOperations(deps, parts),
    ...ruleOperations(deps),
    ...tagOperations(deps),
  };
  const dialect = "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/";
  return {
    services: [{ kind: "query", scope: "elasticloadbalancing", dialect, operations }],
    providers: elbProviders(deps, parts, ofTemplate),
    targets,
    inUse: (arn) => store.loadBalancersOf(store.targetGroup(arn).arn).length > 0,
    share: (ruleArn, targetGroupArn) => shareOf(store.rules.get(ruleArn)?.actions ?? [], targetGroupArn),
    listeners: () =>
      store.listeners.all().map(({ arn, port, loadBalancerArn }) => ({ port, loadBalancerArn, tags: store.tags(arn) })),
    forward: (port, request, response) => serving.serve(on(port), request, response),
    upgrade: (port, request, socket, head) => serving.upgrade(on(port), request, socket, head),
    at: (zoneId, port) => {
      const balancer = store.loadBalancers.all().find((one) => canonicalZone(one) === zoneId);
      const listener = store.listeners.where("loadBalancer", balancer?.arn ?? "").find((one) => one.port === port);
      if (listener === undefined) return undefined;
      return {
        context: (name) => certificates.contextFor(listener, name),
        serve: (request, response) => serving.serve(listener, request, response),
        upgrade: (request, socket, head) => serving.upgrade(listener, request, socket, head),
      };
    },
    usesCertificate: (arn) =>
      store.listeners.all().some((one) => [...one.certificates, ...one.extraCertificates].includes(arn)),
    start: async () => {
      await removeForgotten(deps, ofTemplate, (arn) => removeListener(deps, listening, arn));
      const displaced: Listener[] = [];
      for (const one of store.listeners.all()) if (!(await listening.open(one))) displaced.push(one);
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
