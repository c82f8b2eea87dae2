import * as z from "zod";

export const certificateSchema = z.object({
  arn: z.string(),
  /** The domain name first. In lower case. */
  names: z.array(z.string()).min(1),
  /** The idempotency token of its request. */
  token: z.string().nullable(),
  state: z.enum(["PENDING_VALIDATION", "ISSUED", "FAILED", "VALIDATION_TIMED_OUT"]),
  reason: z.string().nullable(),
  /** Epoch milliseconds. */
  requestedAt: z.number(),
  issuedAt: z.number().nullable(),
  /** What the record of each name consists of. */
  secrets: z.record(z.string(), z.object({ name: z.string(), value: z.string() })),
  tags: z.record(z.string(), z.string()),
  /** PEM; the key is encrypted. */
  certificate: z.string().nullable(),
  key: z.string().nullable(),
  serial: z.string().nullable(),
  notBefore: z.number().nullable(),
  notAfter: z.number().nullable(),
});
export type Certificate = z.infer<typeof certificateSchema>;

/** The CNAME that proves that whoever asked for a certificate may have it. A wildcard is proved at the name below it. */
export function validationRecord({ secrets }: Certificate, name: string): { Name: string; Value: string } {
  const secret = secrets[name];
  if (secret === undefined) throw new Error(`The certificate has no name ${name}.`);
  return {
    Name: `_${secret.name}.${name.replace(/^\*\./, "")}.`,
    Value: `_${secret.value}.acm-validations.aws.`,
  };
}

/** ACM gives up after so long. */
const VALIDATION_MS = 72 * 60 * 60 * 1000;

interface Seen {
  readonly now: number;
  readonly hasRecord: (name: string, value: string) => boolean;
  readonly isForeign: (name: string) => boolean;
  readonly foreignMs?: number;
}

/**
 * What becomes of a certificate: `issue` it, `keep` it as it is, or another state. Names below `.invalid` are refused, and those
 * below `.test` wait for ever: nobody can make a record there.
 */
export function judge(certificate: Certificate, seen: Seen): "issue" | "keep" | Certificate {
  const { state, names, requestedAt } = certificate;
  if (state !== "PENDING_VALIDATION") return "keep";
  if (names.some((name) => name.endsWith(".invalid")))
    return { ...certificate, state: "FAILED", reason: "DOMAIN_NOT_ALLOWED" };
  const waited = seen.now - requestedAt;
  const isProved = (name: string): boolean => {
    const { Name, Value } = validationRecord(certificate, name);
    if (!seen.isForeign(Name)) return seen.hasRecord(Name, Value);
    return !name.endsWith(".test") && waited >= (seen.foreignMs ?? 3000);
  };
  if (names.every(isProved)) return "issue";
  return waited > VALIDATION_MS ? { ...certificate, state: "VALIDATION_TIMED_OUT" } : "keep";
}
