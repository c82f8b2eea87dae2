import { createHash, createHmac } from "node:crypto";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

interface Signed {
  readonly key: string;
  readonly secret: string;
  readonly scope: string;
  readonly host: string;
  readonly body?: string;
  /** Further headers, which are signed too. */
  readonly headers?: Readonly<Record<string, string>>;
}

const DATE = "20260131";
const TIME = `${DATE}T120000Z`;

function signatureFor(secret: string, scope: string, canonical: readonly string[]): string {
  const credential = `${DATE}/eu-west-1/${scope}/aws4_request`;
  const signingKey = credential.split("/").reduce(hmac, Buffer.from(`AWS4${secret}`));
  const request = sha256(canonical.join("\n"));
  return hmac(signingKey, ["AWS4-HMAC-SHA256", TIME, credential, request].join("\n")).toString("hex");
}

/** The headers of a `POST /`, signed by hand as the documentation of Signature Version 4 says. */
export function signedPost({ key, secret, scope, host, body = "{}", headers = {} }: Signed): Record<string, string> {
  const sent: Record<string, string> = { ...headers, host, "x-amz-date": TIME };
  const names = Object.keys(sent).sort();
  const lines = names.map((name) => `${name}:${sent[name]}\n`).join("");
  const payload = headers["x-amz-content-sha256"] ?? sha256(body);
  const signature = signatureFor(secret, scope, ["POST", "/", "", lines, names.join(";"), payload]);
  const credential = `${key}/${DATE}/eu-west-1/${scope}/aws4_request`;
  const { host: _host, ...own } = sent;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return { ...own, authorization };
}

/** A presigned `GET` of S3; `path` as it is on the wire. */
export function presignedUrl({ key, secret, host }: Pick<Signed, "key" | "secret" | "host">, path: string): string {
  const query = [
    "X-Amz-Algorithm=AWS4-HMAC-SHA256",
    `X-Amz-Credential=${encodeURIComponent(`${key}/${DATE}/eu-west-1/s3/aws4_request`)}`,
    `X-Amz-Date=${TIME}`,
    "X-Amz-Expires=900",
    "X-Amz-SignedHeaders=host",
  ].join("&");
  const canonical = ["GET", path, query, `host:${host}\n`, "host", "UNSIGNED-PAYLOAD"];
  return `http://${host}${path}?${query}&X-Amz-Signature=${signatureFor(secret, "s3", canonical)}`;
}
