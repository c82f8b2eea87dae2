import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import * as z from "zod";

/** What becomes of one request. */
export type Fate =
  | "answer"
  /** The connection breaks before anything was done. */
  | "lose_request"
  /** It is done, but the answer never arrives. */
  | "lose_answer"
  /** Half of the lines are stored, and 409 says from where to go on. */
  | "conflict"
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly answerAfterMs: number };

const routes: Readonly<Record<string, Call["route"]>> = {
  "/api/builds/claim": "claim",
  "/api/builds/report": "report",
  "/api/builds/credentials": "credentials",
};

type Call = {
  readonly route: "claim" | "report" | "credentials" /** From 1, counted by route. */;
  readonly number: number;
};

const claimBody = z.strictObject({
  deployment_id: z.int(),
  attempt: z.int(),
  ticket: z.string(),
  token: z.string().regex(/^[0-9a-f]{64}$/),
});

const line = z.strictObject({
  line: z.string().regex(/^[^\n]*\n$/),
  timestamp: z.iso.datetime(),
  stream: z.enum(["stdout", "stderr", "system"]),
});

const reportBody = z.strictObject({
  deployment_id: z.int(),
  attempt: z.int(),
  first: z.int().positive(),
  lines: z.array(line).max(500),
  cloned: z.strictObject({ commit: z.string().regex(/^[0-9a-f]{40}$/), message: z.string().max(200) }).optional(),
  step: z.strictObject({ number: z.int().positive(), of: z.int().positive() }).optional(),
  finished: z
    .strictObject({
      outcome: z.enum(["succeeded", "failed"]),
      stage: z.enum(["cloning", "building"]),
      code: z.string().nullable(),
      message: z.string().nullable(),
      exit_code: z.int().nullable(),
      image_digest: z.string().nullable(),
      steps: z
        .array(z.strictObject({ name: z.string().max(160), seconds: z.number().min(0), cached: z.boolean() }))
        .max(100)
        .optional(),
    })
    .optional(),
});

type BuildReportBody = z.infer<typeof reportBody>;

/** A control plane that keeps the build's side of the protocol in docs/architecture.md honest, and misbehaves on request. */
export interface BuildControlPlane {
  readonly url: string;
  /** The log as stored. */
  readonly lines: BuildReportBody["lines"];
  readonly cloned: NonNullable<BuildReportBody["cloned"]>[];
  readonly steps: (NonNullable<BuildReportBody["step"]> & { readonly at: number })[];
  readonly finished: NonNullable<BuildReportBody["finished"]>[];
  /** What broke the protocol, in words. */
  readonly violations: string[];
  readonly calls: { claim: number; report: number; credentials: number };
  /** Refuses connections until {@link BuildControlPlane.back}. */
  away(): Promise<void>;
  back(): Promise<void>;
  close(): Promise<void>;
}

export interface ControlPlaneOptions {
  readonly ticket: string;
  /** `data` of the answer to the claim. */
  readonly claim: unknown;
  readonly fate?: (call: Call) => Fate;
  /** `data` of the answer to a call for fresh credentials, of which this is the `number`th. */
  readonly credentials?: (number: number) => unknown;
}

/** Starts one on the loopback interface. */
export async function startBuildControlPlane({
  ticket,
  claim,
  fate = () => "answer",
  credentials = () => null,
}: ControlPlaneOptions) {
  const plane = {
    lines: [] as BuildReportBody["lines"],
    cloned: [] as BuildControlPlane["cloned"],
    steps: [] as { number: number; of: number; at: number }[],
    finished: [] as BuildControlPlane["finished"],
    violations: [] as string[],
    calls: { claim: 0, report: 0, credentials: 0 },
  };
  let token: string | undefined;
  let underWay = 0;

  const answerClaim = (body: unknown): Reply => {
    const parsed = claimBody.safeParse(body);
    if (!parsed.success) return violated(`claim: ${parsed.error.message}`);
    if (parsed.data.ticket !== ticket || (token !== undefined && token !== parsed.data.token))
      return refusal(401, "unauthorized");
    token = parsed.data.token;
    return { status: 200, body: { success: true, data: claim } };
  };
  const violated = (what: string): Reply => {
    plane.violations.push(what);
    return refusal(400, "protocol_violated");
  };
  const store = (report: BuildReportBody, count: number): Reply => {
    const known = plane.lines.length + 1;
    if (report.first > known) return missing(known);
    plane.lines.push(...report.lines.slice(known - report.first, count));
    const next = plane.lines.length + 1;
    if (count < report.lines.length) return missing(next);
    if (report.cloned !== undefined) plane.cloned.push(report.cloned);
    if (report.step !== undefined) plane.steps.push({ ...report.step, at: Date.now() });
    if (report.finished !== undefined) plane.finished.push(report.finished);
    return { status: 200, body: { success: true, data: { next } } };
  };
  const answerReport = (body: unknown, request: IncomingMessage, how: Fate): Reply => {
    const parsed = reportBody.safeParse(body);
    if (!parsed.success) return violated(`report: ${parsed.error.message}`);
    if (request.headers.authorization !== `Bearer ${token}`) return refusal(401, "unauthorized");
    const { lines, first } = parsed.data;
    if (plane.finished.length > 0 && first + lines.length - 1 > plane.lines.length)
      violated("lines after the last word");
    return store(parsed.data, how === "conflict" ? Math.floor(lines.length / 2) : lines.length);
  };

  const answerCredentials = (request: IncomingMessage): Reply => {
    if (request.headers.authorization !== `Bearer ${token}`) return refusal(401, "unauthorized");
    return { status: 200, body: { success: true, data: credentials(plane.calls.credentials) } };
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const route = routes[request.url ?? ""];
    // A load balancer of another test, for one, asks after its app where the port was that app's before.
    if (route === undefined || request.method !== "POST") return send(response, refusal(404, "not_found"));
    plane.calls[route] += 1;
    const how = fate({ route, number: plane.calls[route] });
    if (route !== "credentials") underWay += 1;
    if (underWay > 1) violated("two requests at once");
    const text = await readAll(request);
    if (route !== "credentials") underWay -= 1;
    if (text.length > 1_000_000) violated(`a body of ${text.length} bytes`);
    if (how === "lose_request") return void request.socket.destroy();
    if (typeof how === "object" && "status" in how) return send(response, refusal(how.status, "scripted"), how.headers);
    const answers = {
      claim: () => answerClaim(JSON.parse(text)),
      report: () => answerReport(JSON.parse(text), request, how),
      credentials: () => answerCredentials(request),
    };
    const reply = answers[route]();
    if (how === "lose_answer") return void request.socket.destroy();
    if (typeof how === "object") return void setTimeout(() => send(response, reply), how.answerAfterMs);
    send(response, reply);
  };

  const server = createServer((request, response) => {
    handle(request, response).catch((error) => violated(String(error)));
  });
  const listen = (port: number): Promise<void> => new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  const hangUp = (): Promise<void> =>
    new Promise((resolve) => {
      if (!server.listening) return resolve();
      server.close(() => resolve());
      server.closeAllConnections();
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const running: BuildControlPlane = {
    ...plane,
    url: `http://127.0.0.1:${port}`,
    away: hangUp,
    back: () => listen(port),
    close: hangUp,
  };
  return running;
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

const missing = (next: number): Reply => ({ ...refusal(409, "lines_missing", { next }) });

function refusal(status: number, code: string, data: unknown = null): Reply {
  return { status, body: { success: false, error: code, code, request_id: "1", details: [], data } };
}

function send(response: ServerResponse, { status, body }: Reply, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}
