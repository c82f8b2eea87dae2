import { AwsError, type AwsService } from "../kernel/service.ts";

/** The ways to say no that every AWS service has, each under a name of its own. */
type Reason =
  | "unsigned"
  | "unknownKey"
  | "badSignature"
  | "denied"
  | "unknownOperation"
  | "tooLarge"
  | "unavailable"
  | "internal";

type Wording = Readonly<Record<Reason, readonly [code: string, status: number]>>;

const JSON_WORDING: Wording = {
  unsigned: ["MissingAuthenticationTokenException", 400],
  unknownKey: ["UnrecognizedClientException", 400],
  badSignature: ["InvalidSignatureException", 400],
  denied: ["AccessDeniedException", 400],
  unknownOperation: ["UnknownOperationException", 400],
  tooLarge: ["RequestEntityTooLargeException", 413],
  unavailable: ["ServiceUnavailable", 503],
  internal: ["InternalFailure", 500],
};

const QUERY_WORDING: Wording = {
  unsigned: ["MissingAuthenticationToken", 403],
  unknownKey: ["InvalidClientTokenId", 403],
  badSignature: ["SignatureDoesNotMatch", 403],
  denied: ["AccessDenied", 403],
  unknownOperation: ["InvalidAction", 400],
  tooLarge: ["RequestEntityTooLarge", 413],
  unavailable: ["ServiceUnavailable", 503],
  internal: ["InternalFailure", 500],
};

const BY_KIND: Readonly<Record<AwsService["kind"], Wording>> = {
  json: JSON_WORDING,
  query: QUERY_WORDING,
  http: {
    ...JSON_WORDING,
    unsigned: ["MissingAuthenticationTokenException", 403],
    unknownKey: ["UnrecognizedClientException", 403],
    badSignature: ["InvalidSignatureException", 403],
    denied: ["AccessDeniedException", 403],
  },
};

/** Services that word it otherwise than their protocol's others. */
const BY_SCOPE: Readonly<Record<string, Partial<Wording>>> = {
  // Its codes are those of the query protocol it once spoke.
  sqs: {
    unsigned: QUERY_WORDING.unsigned,
    unknownKey: QUERY_WORDING.unknownKey,
    badSignature: QUERY_WORDING.badSignature,
    denied: QUERY_WORDING.denied,
  },
  s3: {
    unsigned: ["AccessDenied", 403],
    unknownKey: ["InvalidAccessKeyId", 403],
    badSignature: ["SignatureDoesNotMatch", 403],
    denied: ["AccessDenied", 403],
    tooLarge: ["EntityTooLarge", 400],
    internal: ["InternalError", 500],
  },
};

/** The error with which a service of that kind and scope refuses for `reason`. */
export function refusal(service: Pick<AwsService, "kind" | "scope">, reason: Reason, message: string): AwsError {
  const [code, status] = BY_SCOPE[service.scope]?.[reason] ?? BY_KIND[service.kind][reason];
  return new AwsError(code, message, status);
}
