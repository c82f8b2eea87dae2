import type { ShownOperation } from "./reading.ts";

/** An operation's example as a request: its parameters filled in, those of the query where they have an example. */
function exampleOf(operation: ShownOperation): { path: string; body: unknown } {
  const filled = operation.parameters.reduce(
    (path, { in: place, name, example }) => (place === "path" ? path.replace(`{${name}}`, String(example)) : path),
    operation.path,
  );
  const query = operation.parameters.flatMap(({ in: place, name, example }) =>
    place === "query" && example !== undefined ? [[name, String(example)]] : [],
  );
  const path = query.length === 0 ? filled : `${filled}?${new URLSearchParams(query)}`;
  return { path, body: operation.requestBody?.content["application/json"]?.example };
}

/** That request as somebody types it. */
export function curlOf(operation: ShownOperation): string {
  const { path, body } = exampleOf(operation);
  const lines = [
    operation.method === "GET" ? "curl" : `curl -X ${operation.method}`,
    ...(operation["x-slipway-role"] === undefined ? [] : ['-H "Authorization: Bearer $TOKEN"']),
    ...(body === undefined ? [] : ["-H 'Content-Type: application/json'", `-d '${JSON.stringify(body)}'`]),
    `"$SLIPWAY${path}"`,
  ];
  return lines.join(" \\\n  ");
}
