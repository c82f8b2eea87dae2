import type { HeaderList } from "../apigateway/message.ts";
import type { EdgeRequest, EdgeResponse, EdgeValue } from "./edge-function.ts";

type Values = Record<string, EdgeValue>;

/** Several values of one name, as edge functions see them: the first, and all of them. */
function grouped(pairs: HeaderList): Values {
  const all = new Map<string, string[]>();
  for (const [name, value] of pairs) all.set(name, [...(all.get(name) ?? []), value]);
  const entries = [...all].map(([name, values]): [string, EdgeValue] => {
    const multi = values.length > 1 ? { multiValue: values.map((value) => ({ value })) } : {};
    return [name, { value: values[0] ?? "", ...multi }];
  });
  return Object.fromEntries(entries);
}

function flat(values: Values): HeaderList {
  return Object.entries(values).flatMap(([name, { value, multiValue }]) =>
    (multiValue ?? [{ value }]).map((one) => [name, one.value] as const),
  );
}

function splitPair(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function cookiePairs(headers: HeaderList): HeaderList {
  const cookies = headers.filter(([name]) => name.toLowerCase() === "cookie").flatMap(([, value]) => value.split(";"));
  return cookies
    .map((cookie) => cookie.trim())
    .filter((cookie) => cookie !== "")
    .map((cookie) => splitPair(cookie, "="));
}

/** Hidden from edge functions, as CloudFront hides them. */
const HIDDEN = new Set(["cookie", "connection", "upgrade"]);

/** A viewer's request as an edge function sees it; the query stays percent-encoded. */
export function toEdgeRequest(method: string, uri: string, query: string, headers: HeaderList): EdgeRequest {
  const visible = headers
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !HIDDEN.has(name));
  const parameters = query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => splitPair(pair, "="));
  return {
    method,
    uri,
    querystring: grouped(parameters),
    headers: grouped(visible),
    cookies: grouped(cookiePairs(headers)),
  };
}

export function queryOf(request: EdgeRequest): string {
  return flat(request.querystring)
    .map(([name, value]) => (value === "" ? name : `${name}=${value}`))
    .join("&");
}

/** The viewer's headers as the function left them; those it did not touch keep the case in which they were sent. */
export function headersAfter(request: EdgeRequest, sent: HeaderList): HeaderList {
  const written = new Map(sent.map(([name]) => [name.toLowerCase(), name]));
  const cookies = flat(request.cookies).map(([name, value]) => `${name}=${value}`);
  return [
    ...flat(request.headers).map(([name, value]) => [written.get(name.toLowerCase()) ?? name, value] as const),
    ...(cookies.length === 0 ? [] : [[written.get("cookie") ?? "Cookie", cookies.join("; ")] as const]),
  ];
}

export function responseHeadersOf(response: EdgeResponse): HeaderList {
  const cookies = Object.entries(response.cookies).flatMap(([name, { value, multiValue, attributes }]) =>
    (multiValue ?? [{ value }]).map(
      (one) => ["set-cookie", `${name}=${one.value}${attributes ? `; ${attributes}` : ""}`] as const,
    ),
  );
  return [...flat(response.headers), ...cookies];
}

export function responseBodyOf(response: EdgeResponse): Buffer {
  if (typeof response.body !== "object") return Buffer.from(response.body ?? "");
  return Buffer.from(response.body.data, response.body.encoding === "base64" ? "base64" : "utf8");
}

/** An origin's answer as a viewer-response function sees it. */
export function toEdgeResponse(status: number, headers: HeaderList): EdgeResponse {
  const plain = headers.map(([name, value]) => [name.toLowerCase(), value] as const);
  const cookies = plain
    .filter(([name]) => name === "set-cookie")
    .map(([, cookie]) => {
      const [pair = "", attributes = ""] = cookie.split(/;\s*(.*)/s);
      const [name, value] = splitPair(pair, "=");
      return [name, { value, attributes }] as const;
    });
  return {
    statusCode: status,
    headers: grouped(plain.filter(([name]) => name !== "set-cookie")),
    cookies: Object.fromEntries(cookies),
  };
}
