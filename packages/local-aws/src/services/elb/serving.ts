import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { LocalContext } from "../../kernel/part.ts";
import { refusedTrace } from "../../kernel/trace.ts";
import { countingFor, type Recorder } from "./counting.ts";
import { actionsFor, byWeight } from "./matching.ts";
import type { Action, Listener } from "./model.ts";
import { answer, proxy, type Route } from "./proxy.ts";
import { locationOf } from "./redirect.ts";
import type { Store } from "./store.ts";
import type { Targets } from "./targets.ts";
import { proxyUpgrade, refuseUpgrade } from "./upgrade.ts";

/** What listeners do with what reaches them; 503 where there is no listener. */
export interface Serving {
  serve(listener: Listener | undefined, request: IncomingMessage, response: ServerResponse): void;
  upgrade(listener: Listener | undefined, request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** What a listener does with a request: send it to one of a group's targets, or answer by itself. */
function decide(store: Store, context: LocalContext, listener: Listener, request: IncomingMessage): Action | undefined {
  const asked = { host: request.headers.host ?? "", url: request.url ?? "/", headers: request.headers };
  const [action] = actionsFor(store.rulesOf(listener.arn), listener.actions, asked);
  if (action?.Type !== "forward") return action;
  const group = byWeight(action.TargetGroups, Number.parseInt(context.randomHex(8), 16) / 2 ** 32);
  return { ...action, TargetGroups: group === undefined ? [] : [group] };
}

export interface ServingParts {
  readonly context: LocalContext;
  readonly store: Store;
  readonly targets: Targets;
  /** How long a target may be silent. */
  readonly idleMs: number;
  readonly record: Recorder;
  /** Where a port beside that listener is reached on this machine. */
  readonly reachedAt: (listener: Listener, port: number) => number;
}

export function createServing({ context, store, targets, idleMs, record, reachedAt }: ServingParts): Serving {
  const route = ({ port, protocol, loadBalancerArn }: Listener, action: Action): Route => {
    const [group] = action.Type === "forward" ? action.TargetGroups : [];
    return {
      listenerPort: port,
      protocol: protocol === "HTTPS" ? "https" : "http",
      idleMs,
      counting: countingFor(record, loadBalancerArn, group?.TargetGroupArn ?? ""),
      now: context.clock.now,
      pick: (except) => (group === undefined ? undefined : targets.pick(group.TargetGroupArn, except)),
    };
  };
  return {
    serve: (listener, request, response) => {
      if (refusedTrace(request, response)) return;
      const action = listener && decide(store, context, listener, request);
      if (listener === undefined || action === undefined) answer(response, 503);
      else if (action.Type === "forward") proxy(request, response, route(listener, action));
      else if (action.Type === "redirect") {
        const location = locationOf(action, listener, request, (port) => reachedAt(listener, port));
        answer(response, Number(action.StatusCode.slice(-3)), "", "text/html", { location });
      } else answer(response, action.StatusCode, action.MessageBody, action.ContentType);
    },
    upgrade: (listener, request, socket, head) => {
      const action = listener && decide(store, context, listener, request);
      if (listener === undefined || action?.Type !== "forward") refuseUpgrade(socket, 503);
      else proxyUpgrade(request, socket, head, route(listener, action));
    },
  };
}
