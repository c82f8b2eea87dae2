import type { AuditEntry } from "../access/audit.ts";
import type { AppDomains, CertificateSeen } from "../domains/domains.ts";

/** What was made for the apps' own domains. */
export interface DomainStore {
  /** Strongly consistent. An app that has none gets an empty row. */
  get(appId: number): Promise<AppDomains>;
  /** Of all apps. */
  list(): Promise<readonly AppDomains[]>;
  /** Writes the version after the one that was read, and the entry with it. `false`: somebody else was quicker. */
  replace(next: AppDomains, audit?: AuditEntry): Promise<boolean>;
  remove(appId: number): Promise<void>;
}

/** Certificates of the apps' own domains. */
export interface Certificates {
  /** The same request with the same token within an hour is the same certificate. */
  request(appId: number, domain: string, token: string): Promise<string>;
  see(arn: string): Promise<CertificateSeen>;
  /** `false`: a load balancer still presents it. One that is gone is removed. */
  remove(arn: string): Promise<boolean>;
}

/** An app's own domains on its load balancer. */
export interface DomainFront {
  /** Has the app's load balancer present a certificate. `full`: it takes no more; `waiting`: it is being made. */
  present(appId: number, certificateArn: string): Promise<"presented" | "waiting" | "full">;
  /** Has no load balancer of the app present it. */
  withdraw(appId: number, certificateArn: string): Promise<void>;
  /** Has the app answer at these domains, and at no other of its own. `false`: it has no rule yet; its next release makes one. */
  serve(appId: number, domains: readonly string[]): Promise<boolean>;
  /** The name of the load balancer, to which a domain leads; `null`: there is none yet. */
  target(appId: number): Promise<string | null>;
}
