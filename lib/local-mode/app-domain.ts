import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { HoldConnections } from "@slipway/local-aws/kernel/descriptors";
import { StartRefused } from "@slipway/local-aws/kernel/refusal";
import type { Authority } from "@slipway/local-aws/services/acm/authority";
import type { Elb, PublishedListener } from "@slipway/local-aws/services/elb/elb";
import { listenOverTls, type TlsFront } from "@slipway/local-aws/services/elb/tls-front";
import type { Zone } from "@slipway/local-aws/services/route53/records";
import type { Route53 } from "@slipway/local-aws/services/route53/route53";
import type { Options } from "./options.ts";

/** The hosted zone of the domain. On AWS it is there before Slipway is. */
export const localZoneId = "ZLOCALSLIPWAY";

interface Balancing {
  readonly elb: Elb;
  readonly resolve: Route53["resolve"];
}

/** The domain of the apps on this machine: what DNS and the addresses of the load balancers are on AWS. */
export interface AppDomain {
  readonly zone: Zone;
  /** Where ports of listeners are reached here. */
  readonly published: Readonly<Record<number, number>>;
  /** With `{name}` for the app's. */
  readonly url: string;
  parameters(authority: Authority): Readonly<Record<string, string>>;
  /** From now on requests are let in; before, connections end. */
  open(balancing: Balancing): void;
  /** What a request over plain HTTP is for, on the port of the control plane; `undefined`: not for an app. */
  plain(balancing: Balancing): (request: IncomingMessage) => PublishedListener | undefined;
  close(): Promise<void>;
}

/** Takes the port of apps over TLS. `null`: there is no domain. */
export async function appDomain(options: Options, port: number, hold: HoldConnections): Promise<AppDomain | null> {
  const { domain } = options;
  if (domain === null) return null;
  let balancing: Balancing | null = null;
  const at = (name: string | undefined): PublishedListener | undefined =>
    balancing === null ? undefined : listenerOf(balancing, name ?? domain, 443, domain);
  const front = await takePort(options, {
    hold,
    contextFor: (name) => at(name)?.context(name),
    request: (request, response) => serve(at(hostOf(request)), request, response),
    upgrade: (request, socket, head) => {
      const listener = at(hostOf(request));
      if (listener === undefined) socket.destroy();
      else listener.upgrade(request, socket, head);
    },
  });
  const suffix = front.port === 443 ? "" : `:${front.port}`;
  return {
    zone: { id: localZoneId, name: domain },
    published: { 443: front.port, 80: port },
    url: `https://{name}.${domain}${suffix}`,
    parameters: (authority) => ({ AppPortSuffix: suffix, AppCertificateAuthority: authority.certificate }),
    open: (given) => {
      balancing = given;
    },
    plain: (given) => (request) => {
      const host = hostOf(request);
      return host.endsWith(`.${domain}`) ? listenerOf(given, host, 80, domain) : undefined;
    },
    close: () => front.close(),
  };
}

/**
 * The load balancer that DNS leads a name to. Names outside the domain have their DNS elsewhere: they are taken to lead to where
 * the domain leads.
 */
function listenerOf({ elb, resolve }: Balancing, name: string, port: number, domain: string) {
  const record = resolve(name, "A") ?? resolve(`any.${domain}`, "A");
  return record?.alias ? elb.at(record.alias.zoneId, port) : undefined;
}

const hostOf = ({ headers }: IncomingMessage): string => (headers.host ?? "").replace(/:\d+$/, "").toLowerCase();

function serve(listener: PublishedListener | undefined, request: IncomingMessage, response: ServerResponse): void {
  if (listener === undefined) response.writeHead(503, { "retry-after": "1" }).end("Slipway is starting.\n");
  else listener.serve(request, response);
}

interface Handlers {
  readonly hold: HoldConnections;
  readonly contextFor: Parameters<typeof listenOverTls>[0]["contextFor"];
  readonly request: (request: IncomingMessage, response: ServerResponse) => void;
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

async function takePort({ httpsPort: port, host }: Options, handlers: Handlers): Promise<TlsFront> {
  try {
    return await listenOverTls({ port, host, ...handlers });
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code !== "EADDRINUSE" && code !== "EACCES") throw cause;
    throw new StartRefused(
      `Port ${port} is ${code === "EACCES" ? "not allowed" : "busy"}: stop what uses it, or name another with --https-port.`,
      { cause },
    );
  }
}
