import type { GatewayRequest, GatewayResponse, HeaderList } from "../apigateway/message.ts";
import type { RestGateway } from "../apigateway/rest.ts";
import type { DistributionOrigin } from "./configuration.ts";

/** What the origins of distributions are made of. */
export interface Origins {
  /** An object of a bucket with the headers that were stored with it, or `undefined`. */
  readonly readObject: (bucket: string, key: string) => Promise<{ body: Buffer; headers: HeaderList } | undefined>;
  readonly rest: RestGateway;
}

function xmlError(status: number, code: string, message: string): GatewayResponse {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, headers: [["content-type", "application/xml"]], body: Buffer.from(body) };
}

function keyOf(path: string): string | undefined {
  try {
    const key = decodeURIComponent(path.slice(1));
    // On the way to the bucket such parts would be resolved, and lead out of it.
    return key.split("/").some((part) => part === "." || part === "..") ? undefined : key;
  } catch {
    // No key can be written like that, so no object has it.
    return undefined;
  }
}

/** S3 with origin access control: without the right to list, what is not there is refused rather than not found. */
async function fetchObject(origins: Origins, bucket: string, path: string, method: string): Promise<GatewayResponse> {
  if (method !== "GET" && method !== "HEAD")
    return xmlError(405, "MethodNotAllowed", "The specified method is not allowed.");
  const key = keyOf(path);
  const found = key === undefined ? undefined : await origins.readObject(bucket, key);
  if (found === undefined) return xmlError(403, "AccessDenied", "Access Denied");
  return { status: 200, headers: found.headers, body: found.body };
}

/** Asks the origin; `request.path` is what the viewer's path became, without the origin's own. */
export async function fetchOrigin(
  origins: Origins,
  origin: DistributionOrigin,
  request: GatewayRequest,
): Promise<GatewayResponse> {
  const path = origin.path + request.path;
  if (origin.target.kind === "bucket") return fetchObject(origins, origin.target.bucket, path, request.method);
  return origins.rest.handle(origin.target.apiId, { ...request, path });
}
