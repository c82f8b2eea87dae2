import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from "node:crypto";

/** What a signed request says of its signature (Signature Version 4, in the `Authorization` header or in the query). */
export interface Signature {
  readonly accessKeyId: string;
  /** `20260131` */
  readonly date: string;
  readonly region: string;
  /** The service's signing name: `sqs`, `elasticloadbalancing`, `execute-api`. */
  readonly scope: string;
  /** Lower-case names, in the order in which they were signed. */
  readonly signedHeaders: readonly string[];
  /** 64 lower-case hex characters; anything else never matches. */
  readonly value: string;
  /** `20260131T120000Z` */
  readonly time: string;
  readonly presigned: boolean;
}

/** A request before its body was read. */
export interface Head {
  readonly method: string;
  /** Path and query, as received. */
  readonly target: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

const CREDENTIAL = /^([^/\s]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request$/;
const IN_HEADER = /^AWS4-HMAC-SHA256\s/;
const HEX_DIGEST = /^[0-9a-f]{64}$/;

/** Percent-decoded; text that is not valid stays as it is, and its signature then does not match. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (it) => `%${it.charCodeAt(0).toString(16).toUpperCase()}`);

function split({ target }: Head): { path: string; query: readonly (readonly [string, string])[] } {
  const at = target.indexOf("?");
  const path = at < 0 ? target : target.slice(0, at);
  const pairs = at < 0 ? [] : target.slice(at + 1).split("&");
  const query = pairs
    .filter((pair) => pair !== "")
    .map((pair) => {
      const equals = pair.indexOf("=");
      return equals < 0
        ? ([decoded(pair), ""] as const)
        : ([decoded(pair.slice(0, equals)), decoded(pair.slice(equals + 1))] as const);
    });
  return { path, query };
}

/** `Credential=…, SignedHeaders=…, Signature=…` as a record. */
function fieldsOf(header: string): Record<string, string> {
  const fields = header.replace(IN_HEADER, "").split(",");
  return Object.fromEntries(
    fields.map((field) => {
      const at = field.indexOf("=");
      return [field.slice(0, at).trim(), field.slice(at + 1).trim()];
    }),
  );
}

/** Reads the signature of a signed or presigned request; `undefined` for an unsigned one. Says nothing of whether it is right. */
export function signatureOf(head: Head): Signature | undefined {
  const header = head.headers.authorization ?? "";
  const presigned = !IN_HEADER.test(header);
  const query = presigned ? Object.fromEntries(split(head).query) : {};
  const fields = presigned ? {} : fieldsOf(header);
  const credential = presigned ? query["X-Amz-Credential"] : fields.Credential;
  const [, accessKeyId, date, region, scope] = CREDENTIAL.exec(credential ?? "") ?? [];
  if (accessKeyId === undefined || date === undefined || region === undefined || scope === undefined) return undefined;
  const names = (presigned ? query["X-Amz-SignedHeaders"] : fields.SignedHeaders) ?? "";
  return {
    ...{ accessKeyId, date, region, scope, presigned },
    signedHeaders: names.split(";").filter((name) => name !== ""),
    value: (presigned ? query["X-Amz-Signature"] : fields.Signature) ?? "",
    time: (presigned ? query["X-Amz-Date"] : head.headers["x-amz-date"]) ?? "",
  };
}

/** The security token of a request, which the credentials of an assumed role have; `undefined`: it carries none. */
export const securityTokenOf = (head: Head): string | undefined =>
  head.headers["x-amz-security-token"] ?? split(head).query.find(([name]) => name === "X-Amz-Security-Token")?.[1];

/** S3 signs the path as it is on the wire, all others encode it once more, without empty and dot segments. */
function canonicalPath(path: string, scope: string): string {
  if (scope === "s3") return path;
  const kept: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment === "..") kept.pop();
    else kept.push(escaped(segment));
  }
  return `/${kept.join("/")}${kept.length > 0 && path.endsWith("/") ? "/" : ""}`;
}

const canonicalQuery = (query: readonly (readonly [string, string])[]): string =>
  query
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
    .sort((a, b) => (a.replace("=", "\0") < b.replace("=", "\0") ? -1 : 1))
    .join("&");

const sha256 = (data: string | Buffer): string => hash("sha256", data, "hex");
const hmac = (key: Buffer | KeyObject, data: string): Buffer => createHmac("sha256", key).update(data).digest();

/** More than a local mode's credentials need in a day; region and day are the caller's words. */
const MOST_KEYS = 1000;
const signingKeys = new Map<string, KeyObject>();

/** The key for a day, a region and a service, which takes four rounds to derive and is the same for all their requests. */
function signingKey(secret: string, { date, region, scope }: Pick<Signature, "date" | "region" | "scope">): KeyObject {
  const id = JSON.stringify([secret, date, region, scope]);
  const known = signingKeys.get(id);
  if (known !== undefined) return known;
  const derived = [date, region, scope, "aws4_request"].reduce(hmac, Buffer.from(`AWS4${secret}`));
  const key = createSecretKey(derived);
  if (signingKeys.size >= MOST_KEYS) signingKeys.clear();
  signingKeys.set(id, key);
  return key;
}

/**
 * What the request says of its body: a SHA-256 in hex, or one of S3's words for a body that is not signed. `undefined`: it says
 * nothing, and the signature can only be verified with the body at hand.
 */
export function declaredPayload(head: Head, { scope, presigned }: Signature): string | undefined {
  const declared =
    head.headers["x-amz-content-sha256"] ?? Object.fromEntries(split(head).query)["X-Amz-Content-Sha256"];
  return declared ?? (presigned && scope === "s3" ? "UNSIGNED-PAYLOAD" : undefined);
}

const TIME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
/** As far as AWS lets the clocks of a caller and its own be apart, so that nobody can send again what they once saw. */
const MAX_SKEW_MS = 15 * 60_000;
const MAX_EXPIRES_SECONDS = 604_800;

/** Whether a request that was signed at its time may still come; `now` in ms. A presigned one says itself how long. */
export function isCurrent(head: Head, { time, presigned }: Signature, now: number): boolean {
  const signedAt = Date.parse(time.replace(TIME, "$1-$2-$3T$4:$5:$6Z"));
  if (!presigned) return Math.abs(now - signedAt) <= MAX_SKEW_MS;
  const expires = Number(Object.fromEntries(split(head).query)["X-Amz-Expires"]);
  return expires <= MAX_EXPIRES_SECONDS && signedAt - now <= MAX_SKEW_MS && now <= signedAt + expires * 1000;
}

/** Whether a header that means something to a service is not among the signed ones, and so may be anybody's. */
const hasUnsigned = ({ headers }: Head, { signedHeaders }: Signature): boolean =>
  Object.keys(headers).some((name) => name.startsWith("x-amz-") && !signedHeaders.includes(name));

/** The signature of a request in bytes; `payload` as {@link declaredPayload} or {@link payloadHash} says it. */
function signed(secret: string, head: Head, signature: Omit<Signature, "value">, payload: string): Buffer {
  const { date, region, scope, signedHeaders, time } = signature;
  const { path, query } = split(head);
  const headers = signedHeaders.map((name) => `${name}:${(head.headers[name] ?? "").trim().replace(/\s+/g, " ")}\n`);
  const request = [
    head.method,
    canonicalPath(path, scope),
    canonicalQuery(query),
    headers.join(""),
    signedHeaders.join(";"),
    payload,
  ].join("\n");
  const credentialScope = `${date}/${region}/${scope}/aws4_request`;
  return hmac(signingKey(secret, signature), `AWS4-HMAC-SHA256\n${time}\n${credentialScope}\n${sha256(request)}`);
}

/** Whether whoever signed this request knows the secret; `payload` as {@link declaredPayload} or {@link payloadHash} says it. */
export function isSignedWith(secret: string, head: Head, signature: Signature, payload: string): boolean {
  const { date, signedHeaders, time, value } = signature;
  if (!HEX_DIGEST.test(value) || !signedHeaders.includes("host") || !time.startsWith(date)) return false;
  if (hasUnsigned(head, signature)) return false;
  return timingSafeEqual(signed(secret, head, signature, payload), Buffer.from(value, "hex"));
}

interface PresignOptions {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  /** The service's signing name. */
  readonly scope: string;
  readonly seconds: number;
  /** Of the signature, in ms. */
  readonly now: number;
}

/** A URL that lets whoever has it GET what the holder of these credentials may, for a while. */
export function presignedUrl(url: string, options: PresignOptions): string {
  const { accessKeyId, secretAccessKey, region, scope, seconds, now } = options;
  const time = new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, "");
  const date = time.slice(0, 8);
  const wanted = new URL(url);
  for (const [name, value] of Object.entries({
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD",
    "X-Amz-Credential": `${accessKeyId}/${date}/${region}/${scope}/aws4_request`,
    "X-Amz-Date": time,
    "X-Amz-Expires": String(seconds),
    "X-Amz-SignedHeaders": "host",
  }))
    wanted.searchParams.set(name, value);
  const head = { method: "GET", target: `${wanted.pathname}${wanted.search}`, headers: { host: wanted.host } };
  const signature = { accessKeyId, date, region, scope, signedHeaders: ["host"], time, presigned: true };
  wanted.searchParams.set(
    "X-Amz-Signature",
    signed(secretAccessKey, head, signature, "UNSIGNED-PAYLOAD").toString("hex"),
  );
  return wanted.href;
}

export const payloadHash = (body: Buffer): string => sha256(body);

/** Whether the body is the one that was signed. S3's streamed bodies are not signed. */
export const isPayload = (declared: string, body: Buffer): boolean =>
  !HEX_DIGEST.test(declared) || declared === sha256(body);
