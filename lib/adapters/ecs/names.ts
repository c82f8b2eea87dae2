import type { Action } from "@aws-sdk/client-elastic-load-balancing-v2";
import { firstBalancer, noSuchApp, tlsPolicy } from "../../core/placement/placement.ts";
import type { ReleasesOptions } from "./options.ts";

/** A listener as all apps on a load balancer share it. */
export interface SharedListener {
  readonly Protocol: "HTTP" | "HTTPS";
  readonly Port: number;
  readonly Certificates?: { readonly CertificateArn: string }[];
  readonly SslPolicy?: string;
  readonly DefaultActions: Action[];
}

/** A domain below which apps have names, on a listener that they share. */
export interface Names {
  readonly domain: string;
  /** With `{name}` for the app's. */
  readonly url: string;
  /** Of the listener that has the apps' rules. */
  readonly port: SharedPort;
  readonly listeners: readonly SharedListener[];
  /** Where the names lie; `null`: DNS is elsewhere. */
  readonly hostedZoneId: string | null;
  /** The load balancer to which a name leads that has no record of its own; `null`: each app needs one. */
  readonly ledTo: string | null;
  /** A certificate authority in PEM, `""` for none beside the public ones; `null`: nobody but apps gets there. */
  readonly authority: string | null;
}

/** Over TLS for everybody, or over plain HTTP between apps: no public authority signs their names. */
export type SharedPort = 443 | 80;

const notFound: Action = {
  Type: "fixed-response",
  FixedResponseConfig: {
    StatusCode: String(noSuchApp.status),
    ContentType: "text/plain",
    MessageBody: noSuchApp.body,
  },
};

const toHttps: Action = {
  Type: "redirect",
  RedirectConfig: { Protocol: "HTTPS", Port: "443", StatusCode: "HTTP_301" },
};

/** The names at which visitors reach apps; `null`: they have ports. */
export function publicNames({ domain, appUrl: url }: Pick<ReleasesOptions, "domain" | "appUrl">): Names | null {
  if (domain === null) return null;
  const { name, certificateArn: CertificateArn, hostedZoneId, authority } = domain;
  const https: SharedListener = {
    Protocol: "HTTPS",
    Port: 443,
    Certificates: [{ CertificateArn }],
    SslPolicy: tlsPolicy,
    DefaultActions: [notFound],
  };
  const listeners: SharedListener[] = [{ Protocol: "HTTP", Port: 80, DefaultActions: [toHttps] }, https];
  return { domain: name, url, port: 443, listeners, hostedZoneId, ledTo: firstBalancer(true), authority };
}

/** The names at which apps reach those that only they reach; `null`: the installation has none. */
export function privateNames({ privateNames: given }: Pick<ReleasesOptions, "privateNames">): Names | null {
  if (given === null) return null;
  const { domain, url, hostedZoneId } = given;
  const listeners: SharedListener[] = [{ Protocol: "HTTP", Port: 80, DefaultActions: [notFound] }];
  return { domain, url, port: 80, listeners, hostedZoneId, ledTo: null, authority: null };
}

/** The host of an app. */
export const hostIn = ({ domain }: Pick<Names, "domain">, name: string): string => `${name}.${domain}`;
