/** The part of a SigV4 signature that says who asks which service. */
export interface CredentialScope {
  readonly accessKeyId: string;
  readonly region: string;
  /** The service's signing name: `sqs`, `elasticloadbalancing`, `execute-api`. */
  readonly scope: string;
}

const CREDENTIAL = /^([^/\s]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request$/;
const IN_HEADER = /^AWS4-HMAC-SHA256\s.*?Credential=([^,\s]+)/;

/**
 * Reads the credential scope of a signed (`Authorization` header) or presigned (`X-Amz-Credential`) request; `undefined` for
 * an unsigned one. The signature itself is not checked: an access key is random for each start, so knowing it is having it.
 */
export function credentialScope(url: URL, headers: Readonly<Record<string, string>>): CredentialScope | undefined {
  const credential = IN_HEADER.exec(headers.authorization ?? "")?.[1] ?? url.searchParams.get("X-Amz-Credential") ?? "";
  const [, accessKeyId, region, scope] = CREDENTIAL.exec(credential) ?? [];
  if (accessKeyId === undefined || region === undefined || scope === undefined) return undefined;
  return { accessKeyId, region, scope };
}
