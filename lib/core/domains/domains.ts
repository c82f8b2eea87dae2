import * as z from "zod";
import { plusSeconds, secondsBetween } from "../time.ts";

/** A record that the owner of a domain makes. */
const recordSchema = z.object({ type: z.string(), name: z.string(), value: z.string() });
export type DomainRecord = z.infer<typeof recordSchema>;

export const domainStateSchema = z.enum(["pending_validation", "issued", "failed"]);

const domainSchema = z.object({
  name: z.string(),
  state: domainStateSchema,
  /** Why it failed, or what it waits for besides its records; a sentence. */
  reason: z.string().nullable(),
  /** `null`: it was not requested yet, or nobody noted that it was. */
  certificate_arn: z.string().nullable(),
  /** The records that prove whose it is. */
  proof: z.array(recordSchema),
  /** When its certificate was asked for. A request that is repeated is told by it. */
  requested_at: z.string(),
  /** It is no domain of the app any more: what was made for it goes. */
  removed: z.boolean(),
});
export type Domain = z.infer<typeof domainSchema>;

/** What was made for an app's own domains. One row an app. */
export const appDomainsSchema = z.object({
  app_id: z.number().int(),
  domains: z.array(domainSchema),
  /** The load balancer's name, to which they lead; `null`: it is not known yet. */
  target: z.string().nullable(),
  /** When somebody looks at them next; `null`: nothing is to be done. */
  next_poll_at: z.string().nullable(),
  version: z.number().int(),
});
export type AppDomains = z.infer<typeof appDomainsSchema>;

export const noDomains = (app_id: number): AppDomains => ({
  app_id,
  domains: [],
  target: null,
  next_poll_at: null,
  version: 0,
});

/** AWS gives up after as long. */
const validationSeconds = 72 * 60 * 60;
const timedOut =
  "The records of this domain were not found within 72 hours. Make them, and try again with slipway domains retry.";

/**
 * The row once an app has these domains: new ones are to be requested, those that it has no more are to be removed. One that
 * comes back before what was made for it is gone is requested anew after that.
 */
export function withWanted(row: AppDomains, wanted: readonly string[], now: string): AppDomains {
  const kept = row.domains.map((domain) => (wanted.includes(domain.name) ? domain : { ...domain, removed: true }));
  const known = new Set(kept.map(({ name }) => name));
  const added = wanted.filter((name) => !known.has(name)).map((name) => requested(name, now));
  return { ...row, domains: [...kept, ...added] };
}

const requested = (name: string, now: string): Domain => ({
  name,
  state: "pending_validation",
  reason: null,
  certificate_arn: null,
  proof: [],
  requested_at: now,
  removed: false,
});

/** Asks for the certificate of a domain that failed anew; what was made for it goes first. `null`: it did not fail. */
export function retried(row: AppDomains, name: string): AppDomains | null {
  const failed = row.domains.find((domain) => domain.name === name && domain.state === "failed" && !domain.removed);
  if (failed === undefined) return null;
  return { ...row, domains: row.domains.map((domain) => (domain === failed ? { ...domain, removed: true } : domain)) };
}

/** What ACM says of a certificate. */
export interface CertificateSeen {
  /** `gone`: somebody deleted it. */
  readonly state: "pending" | "issued" | "failed" | "gone";
  /** AWS's own words; `null`: it has none. */
  readonly reason: string | null;
  readonly proof: readonly DomainRecord[];
}

/** A domain after its certificate was looked at. */
export function judged(domain: Domain, { state, reason, proof }: CertificateSeen, now: string): Domain {
  const seen = { ...domain, proof: proof.length > 0 ? [...proof] : domain.proof };
  const failed = (why: string): Domain => ({ ...seen, state: "failed", reason: why });
  if (state === "gone") return failed("Its certificate was deleted in AWS. Try again with slipway domains retry.");
  if (state === "failed") return failed(reason === null ? timedOut : `AWS refused the certificate: ${reason}.`);
  if (state === "issued") return { ...seen, state: "issued", reason: null };
  return secondsBetween(domain.requested_at, now) > validationSeconds ? failed(timedOut) : seen;
}

/** Domains that something is still to be done for. */
const isOpen = ({ state, removed, reason }: Domain): boolean =>
  removed || state === "pending_validation" || (state === "issued" && reason !== null);

const shortestWait = 5;
const longestWait = 900;

/** When to look again: soon at first, then less and less often. `null`: there is nothing to wait for. */
export function nextPoll({ domains }: AppDomains, now: string): string | null {
  const waits = domains.filter(isOpen).map(({ requested_at }) => secondsBetween(requested_at, now) / 10);
  if (waits.length === 0) return null;
  return plusSeconds(now, Math.round(Math.max(shortestWait, Math.min(longestWait, ...waits))));
}

/** What the owner of a domain makes: the records that prove whose it is, and the one that leads to the app. */
export function recordsOf(domain: Domain, target: string | null): readonly DomainRecord[] {
  if (target === null) return domain.proof;
  // DNS has no CNAME beside the other records of a zone's own name; providers call what stands in for it ALIAS or ANAME.
  const type = domain.name.split(".").length === 2 ? "ALIAS" : "CNAME";
  return [...domain.proof, { type, name: `${domain.name}.`, value: `${target}.` }];
}

/** The domains under which an app may be reached. */
export const servedDomains = ({ domains }: AppDomains): readonly string[] =>
  domains.filter(({ state, removed }) => state === "issued" && !removed).map(({ name }) => name);
