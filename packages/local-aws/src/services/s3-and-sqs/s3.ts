import {
  AwsError,
  type HttpService,
  type Permission,
  type WireRequest,
  type WireResponse,
} from "../../kernel/service.ts";
import type { FauxqsEngine } from "./fauxqs-engine.ts";

/** Query parameters that do not turn a request into another operation (`?acl`, `?uploads`, …). */
const harmless =
  /^(x-id|x-amz-.+|response-.+|list-type|prefix|delimiter|max-keys|start-after|continuation-token|encoding-type|fetch-owner)$/i;
/** Headers of the connection between client and endpoint, or of its signature. */
const notForwarded = new Set([
  "host",
  "connection",
  "keep-alive",
  "transfer-encoding",
  "expect",
  "authorization",
  "content-length",
]);

interface Target {
  readonly bucket: string;
  /** Empty for the bucket itself. */
  readonly key: string;
}

function targetOf({ url }: WireRequest): Target {
  const [bucket = "", ...key] = url.pathname.slice(1).split("/").map(decode);
  return { bucket, key: key.join("/") };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw Object.assign(new AwsError("InvalidURI", "Couldn't parse the specified URI."), { cause });
  }
}

const onObject =
  (action: string) =>
  ({ bucket, key }: Target): Permission => ({
    action,
    resource: `arn:aws:s3:::${bucket}/${key}`,
  });

/** What there is of S3, and what it needs of IAM, by method and by whether an object is named. */
const operations: Readonly<Record<string, (target: Target, url: URL) => Permission>> = {
  "GET object": onObject("s3:GetObject"),
  "HEAD object": onObject("s3:GetObject"),
  "PUT object": onObject("s3:PutObject"),
  "GET bucket": ({ bucket }, url) => ({
    action: "s3:ListBucket",
    resource: `arn:aws:s3:::${bucket}`,
    context: { "s3:prefix": url.searchParams.get("prefix") ?? "" },
  }),
};

function permissionOf(request: WireRequest): Permission {
  const { method, url, headers } = request;
  const target = targetOf(request);
  const name = `${method} ${target.key === "" ? "bucket" : "object"}`;
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  const another =
    "x-amz-copy-source" in headers ||
    [...url.searchParams.keys()].some((it) => !harmless.test(it)) ||
    (name === "GET bucket" && url.searchParams.get("list-type") !== "2");
  if (operation === undefined || another || target.bucket === "") {
    throw new AwsError("MethodNotAllowed", "The specified method is not allowed against this resource.", 405);
  }
  return operation(target, url);
}

const escaped = (text: string): string =>
  text.replace(/[<>&]/g, (it) => ({ "<": "&lt;", ">": "&gt;", "&": "&amp;" })[it] ?? it);

function refuse({ code, message, status }: AwsError): WireResponse {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${escaped(message)}</Message></Error>`;
  return { status, headers: { "content-type": "application/xml" }, body };
}

/** S3 in path style, in front of fauxqs. */
export function s3Service(fauxqs: FauxqsEngine): HttpService {
  return {
    kind: "http",
    scope: "s3",
    refuse,
    permissions: (request) => [permissionOf(request)],
    handle: ({ method, url, headers, body }) => {
      const kept = Object.entries(headers).filter(([name]) => !notForwarded.has(name));
      return fauxqs.forward({ method, path: `${url.pathname}${url.search}`, headers: Object.fromEntries(kept), body });
    },
  };
}
