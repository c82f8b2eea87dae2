import { createSecureContext, type SecureContext } from "node:tls";
import { AwsError } from "../../kernel/service.ts";
import type { Listener } from "./model.ts";

/** A certificate as a listener presents it. */
export interface IssuedCertificate {
  /** Exact names, and `*.` followed by one. */
  readonly names: readonly string[];
  /** PEM, the issuer's behind it. */
  readonly chain: string;
  readonly key: string;
}

/** `undefined`: there is no such certificate; `null`: it is not issued. */
export type FindCertificate = (arn: string) => IssuedCertificate | null | undefined;

export interface Certificates {
  /** Throws what ELB answers for a certificate that a listener cannot have. */
  check(arn: string): void;
  /** What a listener presents to a client that asked for this name. */
  contextFor(listener: Listener, name: string): SecureContext | undefined;
}

const covers = ({ names }: IssuedCertificate, name: string): boolean =>
  names.some((one) => one === name || (one.startsWith("*.") && name.slice(name.indexOf(".") + 1) === one.slice(2)));

/** `find`: absent where nobody has certificates; then any is taken. */
export function createCertificates(find: FindCertificate | undefined): Certificates {
  const contexts = new WeakMap<IssuedCertificate, SecureContext>();
  const contextOf = (certificate: IssuedCertificate): SecureContext => {
    const made =
      contexts.get(certificate) ??
      createSecureContext({ cert: certificate.chain, key: certificate.key, minVersion: "TLSv1.2" });
    contexts.set(certificate, made);
    return made;
  };
  return {
    check: (arn) => {
      const found = find === undefined ? null : find(arn);
      if (find === undefined || found) return;
      if (found === undefined) throw new AwsError("CertificateNotFound", `Certificate '${arn}' not found`);
      const message = `The certificate '${arn}' must have a fully-qualified domain name, a supported signature, and a supported key size.`;
      throw new AwsError("UnsupportedCertificate", message);
    },
    contextFor: ({ certificates, extraCertificates }, name) => {
      const all = [...extraCertificates, ...certificates].flatMap((arn) => find?.(arn) ?? []);
      const chosen = all.find((one) => covers(one, name.toLowerCase())) ?? all.at(-1);
      return chosen && contextOf(chosen);
    },
  };
}
