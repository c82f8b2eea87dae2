import type { AuditEntry } from "../../lib/core/access/audit.ts";
import { type AppDomains, type CertificateSeen, noDomains } from "../../lib/core/domains/domains.ts";
import type { Certificates, DomainFront, DomainStore } from "../../lib/core/ports/domains.ts";

/** What was made for the apps' own domains, one row an app. */
export function memoryDomains(rows = new Map<number, AppDomains>(), audit: AuditEntry[] = []): DomainStore {
  return {
    get: async (id) => rows.get(id) ?? noDomains(id),
    list: async () => [...rows.values()],
    replace: async (next, entry) => {
      if ((rows.get(next.app_id)?.version ?? 0) !== next.version - 1) return false;
      rows.set(next.app_id, next);
      if (entry !== undefined) audit.push(entry);
      return true;
    },
    remove: async (id) => void rows.delete(id),
  };
}

/** ACM and a load balancer for own domains. A test says what becomes of certificates, and what it looks at. */
export function memoryCertificates() {
  const tokens = new Map<string, string>();
  /** By ARN, with whose they are. */
  const certificates = new Map<string, { readonly app: number; readonly domain: string; seen: CertificateSeen }>();
  const presented = new Map<number, Set<string>>();
  const served = new Map<number, readonly string[]>();
  let made = 0;
  const port: Certificates = {
    request: async (app, domain, token) => {
      const arn = tokens.get(token) ?? `certificate/${++made}`;
      if (!tokens.has(token)) {
        tokens.set(token, arn);
        const proof = [{ type: "CNAME", name: `_proof.${domain}.`, value: "_value.acm-validations.aws." }];
        certificates.set(arn, { app, domain, seen: { state: "pending", reason: null, proof } });
      }
      return arn;
    },
    see: async (arn) => certificates.get(arn)?.seen ?? { state: "gone", reason: null, proof: [] },
    remove: async (arn) => {
      if ([...presented.values()].some((arns) => arns.has(arn))) return false;
      certificates.delete(arn);
      return true;
    },
  };
  const front: DomainFront = {
    present: async (app, arn) => {
      presented.set(app, new Set([...(presented.get(app) ?? []), arn]));
      return "presented";
    },
    withdraw: async (app, arn) => void presented.get(app)?.delete(arn),
    serve: async (app, domains) => Boolean(served.set(app, domains)),
    target: async () => "balancer.example.com",
  };
  return {
    port,
    front,
    certificates,
    presented,
    served,
    /** What ACM says of the certificates of a domain from now on. */
    tell: (domain: string, state: CertificateSeen["state"], reason: string | null = null): void => {
      for (const one of certificates.values()) if (one.domain === domain) one.seen = { ...one.seen, state, reason };
    },
  };
}
