import { asyncApi, openApi, validators, wrong } from "./document.ts";

const ofRest = validators(openApi);
const ofSockets = validators(asyncApi);

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

const paths = Object.keys(openApi.paths).map((path) => ({
  path,
  pattern: new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`),
}));

/** The path of the document that an address belongs to, one without parameters first. */
function pathOf(address: string): string | undefined {
  const [bare = ""] = address.split("?", 1);
  return (paths.find(({ path }) => path === bare) ?? paths.find(({ pattern }) => pattern.test(bare)))?.path;
}

/** Throws unless an answer is as docs/openapi.json describes it: its status, its media type, its body and its code. */
export function expectDocumented(method: string, address: string, answer: Answered): void {
  const problem = problemWith(method, address, answer);
  if (problem === null) return;
  const said = JSON.stringify(answer.body)?.slice(0, 500);
  throw new Error(`${method} ${address.slice(0, 200)} answered ${answer.status}, undocumented: ${problem}\n${said}`);
}

function problemWith(method: string, address: string, answer: Answered): string | null {
  if (method === "HEAD" || method === "OPTIONS" || address.startsWith("/api/builds/")) return null;
  const path = pathOf(address);
  const operation = path === undefined ? undefined : openApi.paths[path][method.toLowerCase()];
  if (path === undefined || operation === undefined) return problemWithRefusal(answer);
  const key = [String(answer.status), `${Math.floor(answer.status / 100)}XX`].find((one) => one in operation.responses);
  if (key === undefined) return "the status";
  const response = operation.responses[key];
  return problemWithBody(["paths", path, method.toLowerCase(), "responses", key], response, answer);
}

/** Where nothing is, or the method is not taken. */
function problemWithRefusal({ status, body }: Answered): string | null {
  if (status < 400 || status >= 500) return "there is no such operation";
  const validate = ofRest("components", "schemas", "Error");
  return validate(body) ? null : wrong(validate);
}

interface Response {
  readonly content?: Readonly<Record<string, unknown>>;
  readonly "x-slipway-codes"?: readonly string[];
}

function problemWithBody(where: readonly string[], response: Response, { headers, body }: Answered): string | null {
  if (response.content === undefined) return body === "" ? null : "the body";
  const type = headers.get("content-type")?.split(";", 1)[0] ?? "";
  if (!(type in response.content)) return `the media type ${type}`;
  const validate = ofRest(...where, "content", type, "schema");
  if (!validate(body)) return wrong(validate);
  const codes = response["x-slipway-codes"];
  const { code } = body as { code?: string };
  return codes === undefined || codes.includes(String(code)) ? null : `the code ${code}`;
}

/** What is wrong with a message by docs/asyncapi.json; `null`: nothing. */
export function problemWithMessage(
  channel: "deployment" | "events",
  message: { readonly type?: unknown },
): string | null {
  const names = Object.keys(asyncApi.channels[channel].messages).filter(
    (name) => asyncApi.components.messages[name].payload.properties.type.const === message.type,
  );
  const checks = names.map((name) => ofSockets("components", "messages", name, "payload"));
  if (checks.some((validate) => validate(message))) return null;
  return `undocumented message ${JSON.stringify(message).slice(0, 300)}: ${checks.map(wrong).join(" or ")}`;
}
