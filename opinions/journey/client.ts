import { randomUUID } from "node:crypto";
import * as z from "zod";

/** Calls the REST API of an installation. An answer that is no success is an error which says what was answered. */
export interface Client {
  readonly url: string;
  get(path: string): Promise<unknown>;
  send(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<unknown>;
}

const secondMs = 1000;
/** How long an answer that may be another one next time is asked for again, as on a machine that is busy with other things. */
const patienceMs = 180 * secondMs;

const isTransient = (status: number): boolean => status >= 500 || status === 429;

/** Calls that need no credentials. A body that is text is sent as it is. */
export function clientOf(url: string): Client {
  const send: Client["send"] = async (method, path, body, headers = {}) => {
    const request = {
      method,
      headers: {
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        // What is sent again is done once.
        ...(method === "POST" ? { "Idempotency-Key": randomUUID() } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    };
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const answer = await fetch(`${url}${path}`, request);
      const text = await answer.text();
      if (answer.ok) return text === "" ? null : JSON.parse(text);
      if (!isTransient(answer.status) || performance.now() > deadline)
        throw new Error(`${method} ${path} was answered ${answer.status}: ${text.slice(0, 500)}`);
      await new Promise((resume) => setTimeout(resume, secondMs));
    }
  };
  return { url, get: (path) => send("GET", path), send };
}

/** What a route answers below `data`. */
export const dataOf = <Schema extends z.ZodType>(schema: Schema, answer: unknown): z.infer<Schema> =>
  schema.parse(z.looseObject({ data: z.unknown() }).parse(answer).data);

export const Numbered = z.looseObject({ id: z.number() });

const Deployment = z.looseObject({
  id: z.number(),
  stage: z.string(),
  finished_at: z.string().nullable(),
  error_message: z.string().nullable(),
});
export type Deployment = z.infer<typeof Deployment>;

/** Waits until `check` gives something other than `null`. */
export async function eventually<Value>(
  what: string,
  check: () => Promise<Value | null>,
  seconds = 300,
): Promise<Value> {
  const deadline = performance.now() + seconds * secondMs;
  for (;;) {
    const found = await check();
    if (found !== null) return found;
    if (performance.now() > deadline) throw new Error(`Waited ${seconds} s in vain for ${what}.`);
    await new Promise((resume) => setTimeout(resume, secondMs / 4));
  }
}

export const shown = async (client: Client, id: number): Promise<Deployment> =>
  dataOf(Deployment, await client.get(`/api/deployments/${id}`));

/** Waits for a deployment's end, which is to be this stage. */
export async function endsIn(client: Client, id: number, stage: string): Promise<void> {
  const end = await eventually(`the end of deployment ${id}`, async () => {
    const deployment = await shown(client, id);
    return deployment.finished_at === null ? null : deployment;
  });
  if (end.stage === stage) return;
  throw new Error(`Deployment ${id} was to end ${stage}, but it ended ${end.stage}: ${end.error_message}`);
}
