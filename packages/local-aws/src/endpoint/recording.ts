import { createHmac, randomBytes } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { MARK, withoutTokens } from "@slipway/text/redaction";
import type { WireRequest, WireResponse } from "../kernel/service.ts";

/** One call as it was on the wire, after it was answered. */
export interface RecordedCall {
  /** The SigV4 credential scope: `ecs`, `elasticloadbalancing`. Empty for a request without a signature. */
  readonly service: string;
  /** Who signed it; `null`: nobody known. */
  readonly caller: string | null;
  readonly request: WireRequest;
  readonly answer: WireResponse;
  /** From when its body was there until it was answered. */
  readonly milliseconds: number;
}

/** What stands in place of a secret. */
type Mark = (secret: string) => string;

export interface Recording {
  record(call: RecordedCall): void;
  close(): void;
}

/** Members that carry a secret, or what an app keeps to itself, by service. */
const secretMembers: Readonly<Record<string, readonly string[]>> = {
  codebuild: ["value"],
  ecr: ["authorizationToken", "layerPartBlob"],
  ecs: ["value"],
  secretsmanager: ["SecretString", "SecretBinary"],
  ses: ["Data"],
  ssm: ["Value"],
  sts: ["SecretAccessKey", "SessionToken"],
};
/** Attributes of items, and placeholders of expressions, that carry a secret or the variables of an app. */
const secretAttribute = /secret|token|password|credential|signature|hash|ticket|badge_key|^points_to$|^:?env$/i;
/** Parameters of a presigned URL that let its holder in. */
const secretParameters = ["X-Amz-Signature", "X-Amz-Security-Token", "X-Amz-Credential"];
/** Headers that say something about the call; the others are the connection's, or let their holder in. */
const shownHeader = /^(content-type|content-length|etag|last-modified|x-amz-target|x-amzn-errortype)$/;

/**
 * Marks by which equal secrets are equal within one recording, so that its writes and reads of items can be followed and replayed.
 * They say nothing else: the key is in no file.
 */
function keyedMark(): Mark {
  const key = randomBytes(32);
  return (secret) => `${MARK.slice(0, -1)} ${createHmac("sha256", key).update(secret).digest("hex").slice(0, 12)}]`;
}

const plainMark: Mark = () => MARK;

/** The same shape with a mark for each text in it, so that it still says which members were there. */
function marked(value: unknown, mark: Mark): unknown {
  if (typeof value === "string") return mark(value);
  if (Array.isArray(value)) return value.map((item) => marked(item, mark));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, marked(inner, mark)]));
}

function withoutSecrets(value: unknown, isSecret: (name: string) => boolean, mark: Mark): unknown {
  if (typeof value === "string") return textWithoutSecrets(value, isSecret, mark);
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, isSecret, mark));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([name, inner]) => [
      name,
      isSecret(name) ? marked(inner, mark) : withoutSecrets(inner, isSecret, mark),
    ]),
  );
}

/** Messages and events are JSON within a text; what is in them has names like those of attributes. */
function textWithoutSecrets(text: string, isSecret: (name: string) => boolean, mark: Mark): string {
  const inner = text.startsWith("{") ? parsed(text) : undefined;
  if (inner === undefined) return withoutTokens(text);
  return JSON.stringify(withoutSecrets(inner, (name) => isSecret(name) || secretAttribute.test(name), mark));
}

const secretOf = (service: string): ((name: string) => boolean) =>
  service === "dynamodb"
    ? (name) => secretAttribute.test(name)
    : (name) => secretMembers[service]?.includes(name) ?? false;

/** Of XML, each element that carries a secret without its text. */
function xmlWithoutSecrets(xml: string, service: string): string {
  const names = secretMembers[service] ?? [];
  const shown = names.reduce(
    (text, name) => text.replace(new RegExp(`<${name}>[^<]*</${name}>`, "g"), `<${name}>${MARK}</${name}>`),
    xml,
  );
  return withoutTokens(shown);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A body as JSON where it is some, as its parameters where it is a form, else as text; of an object in S3 only its length. */
function bodyOf(service: string, type: string, body: string | Buffer, mark: Mark): unknown {
  if (body.length === 0) return null;
  const text = body.toString("utf8");
  if (service === "s3" && !text.startsWith("<?xml")) return `[${body.length} bytes]`;
  if (type.startsWith("application/x-www-form-urlencoded")) {
    return withoutSecrets(Object.fromEntries(new URLSearchParams(text)), secretOf(service), mark);
  }
  const json = parsed(text);
  return json === undefined ? xmlWithoutSecrets(text, service) : withoutSecrets(json, secretOf(service), mark);
}

function operationOf({ headers, body }: WireRequest): string | null {
  const target = headers["x-amz-target"];
  if (target !== undefined) return target.slice(target.lastIndexOf(".") + 1);
  if (!headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) return null;
  return new URLSearchParams(body.toString("utf8")).get("Action");
}

function pathOf(url: URL): string {
  const shown = new URL(url);
  for (const name of secretParameters) if (shown.searchParams.has(name)) shown.searchParams.set(name, MARK);
  return shown.pathname + shown.search;
}

const headersOf = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => shownHeader.test(name.toLowerCase())));

/**
 * A call as a line of a recording: service, operation (`null` for the services that have only methods and paths), the request, the
 * status, and `answer` or `error`. Secrets are replaced by `[redacted]`.
 */
function lineOf({ service, caller, request, answer, milliseconds }: RecordedCall, at: string, keyed: Mark): object {
  const { method, url, headers, body } = request;
  const mark = service === "dynamodb" ? keyed : plainMark;
  const type = (name: Readonly<Record<string, string>>): string => name["content-type"] ?? "";
  return {
    at,
    milliseconds,
    service,
    operation: operationOf(request),
    caller,
    method,
    path: pathOf(url),
    headers: headersOf(headers),
    request: bodyOf(service, type(headers), body, mark),
    status: answer.status,
    answer_headers: headersOf(answer.headers),
    [answer.status < 400 ? "answer" : "error"]: bodyOf(service, type(answer.headers), answer.body, mark),
  };
}

/** Makes the lines of one recording. */
export function liner(): (call: RecordedCall, at: string) => object {
  const keyed = keyedMark();
  return (call, at) => lineOf(call, at, keyed);
}

/** Starts a new recording at `path`, which only its owner can read. Throws where the file cannot be written. */
export function openRecording(path: string, now: () => Date): Recording {
  const file = openSync(path, "w", 0o600);
  const line = liner();
  return {
    // At once: a recording that lacks its last calls does not show why the process ended.
    record: (call) => void writeSync(file, `${JSON.stringify(line(call, now().toISOString()))}\n`),
    close: () => closeSync(file),
  };
}
