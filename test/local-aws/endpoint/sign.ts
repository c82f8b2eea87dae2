import { createHash, createHmac } from "node:crypto";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

interface Signed {
  readonly key: string;
  readonly secret: string;
  readonly scope: string;
  readonly host: string;
  readonly body?: string;
  /** When it is signed, in ms; now if absent. */
  readonly at?: number;
  /** Further headers, which are signed too. */
  readonly headers?: Readonly<Record<string, string>>;
}

const timeOf = (at: number): string => new Date(at).toISOString().replace(/[-:]|\.\d+/g, "");

function signatureFor(secret: string, scope: string, time: string, canonical: readonly string[]): string {
  const credential = `${time.slice(0, 8)}/eu-west-1/${scope}/aws4_request`;
  const signingKey = credential.split("/").reduce(hmac, Buffer.from(`AWS4${secret}`));
  const request = sha256(canonical.join("\n"));
  return hmac(signingKey, ["AWS4-HMAC-SHA256", time, credential, request].join("\n")).toString("hex");
}

/** The headers of a `POST /`, signed by hand as the documentation of Signature Version 4 says. */
export function signedPost({
  key,
  secret,
  scope,
  host,
  body = "{}",
  headers = {},
  at = Date.now(),
}: Signed): Record<string, string> {
  const time = timeOf(at);
  const sent: Record<string, string> = { ...headers, host, "x-amz-date": time };
  const names = Object.keys(sent).sort();
  const lines = names.map((name) => `${name}:${sent[name]}\n`).join("");
  const payload = headers["x-amz-content-sha256"] ?? sha256(body);
  const signature = signatureFor(secret, scope, time, ["POST", "/", "", lines, names.join(";"), payload]);
  const credential = `${key}/${time.slice(0, 8)}/eu-west-1/${scope}/aws4_request`;
  const { host: _host, ...own } = sent;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return { ...own, authorization };
}

/** A presigned `GET` of S3; `path` as it is on the wire. */
export function presignedUrl(
  { key, secret, host, at = Date.now() }: Pick<Signed, "key" | "secret" | "host" | "at">,
  path: string,
): string {
  const time = timeOf(at);
  const query = [
    "X-Amz-Algorithm=AWS4-HMAC-SHA256",
    `X-Amz-Credential=${encodeURIComponent(`${key}/${time.slice(0, 8)}/eu-west-1/s3/aws4_request`)}`,
    `X-Amz-Date=${time}`,
    "X-Amz-Expires=900",
    "X-Amz-SignedHeaders=host",
  ].join("&");
  const canonical = ["GET", path, query, `host:${host}\n`, "host", "UNSIGNED-PAYLOAD"];
  return `http://${host}${path}?${query}&X-Amz-Signature=${signatureFor(secret, "s3", time, canonical)}`;
}
