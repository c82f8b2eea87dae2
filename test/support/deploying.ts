import type { apiAt } from "./api.ts";
import { eventually, repository } from "./local-mode.ts";

type Api = ReturnType<typeof apiAt>;

/** A deployment as the API shows it; tests say what of it they rely on. */
// biome-ignore lint/suspicious/noExplicitAny: the tests read what the wire carries, and say what it must be.
type Shown = any;

export interface Registered {
  readonly id: number;
  readonly repository: ReturnType<typeof repository>;
}

/** Registers an app whose repository has these files. */
export async function registerApp(
  api: Api,
  files: Readonly<Record<string, string>>,
  settings: Readonly<Record<string, unknown>> & { readonly name: string },
): Promise<Registered> {
  const made = repository(files);
  const answer = await api.post("/api/apps", { repoUrl: made.path, ...settings });
  if (answer.status !== 201) throw new Error(`The app was refused: ${JSON.stringify(answer.body)}`);
  return { id: answer.body.data.id, repository: made };
}

/** Asks for a deployment and answers its id; who asks too often waits until there is room again. */
export async function deploy(api: Api, appId: number): Promise<number> {
  const answer = await eventually("a deployment may be asked for", async () => {
    const answer = await api.post("/api/deployments", { appId });
    return answer.status === 429 ? undefined : answer;
  });
  if (answer.status !== 201) throw new Error(`The deployment was refused: ${JSON.stringify(answer.body)}`);
  return answer.body.id;
}

/** A machine that is busy with more than this test says so: whoever asks again is answered. */
const busy = new Set([429, 503, 504]);

/** What is at a path; `undefined`: whoever is to say it has no time just now. Throws with the whole answer where it is none. */
export async function shownAt(api: Api, path: string): Promise<Shown | undefined> {
  const { status, body } = await api.get(path);
  if (busy.has(status)) return undefined;
  if (status !== 200) throw new Error(`GET ${path} was answered ${status}: ${JSON.stringify(body)}`);
  return body.data;
}

/** Waits until a deployment is in one of these stages, and answers it. */
export function reaches(
  api: Api,
  id: number,
  stages: readonly string[],
  seconds = 180,
  pauseMs?: (waitedMs: number) => number,
): Promise<Shown> {
  return eventually(
    `deployment ${id} in ${stages.join(" or ")}`,
    async () => {
      const shown = await shownAt(api, `/api/deployments/${id}`);
      return stages.includes(shown?.stage) ? shown : undefined;
    },
    seconds,
    pauseMs,
  );
}

/** An end takes seconds to come and does not pass. Each question costs the local mode some milliseconds of CPU time. */
const endPauseMs = 400;

/** Waits for the end of a deployment, whatever it is, and answers it. */
export const ends = (api: Api, id: number, seconds = 180): Promise<Shown> =>
  reaches(api, id, ["success", "failed", "cancelled", "superseded"], seconds, () => endPauseMs);

/** Where an app answers, whatever resolves. */
export const addressOf = async (api: Api, appId: number): Promise<string> =>
  (await api.get(`/api/apps/${appId}`)).body.data.direct_url;

/** What an app answers to so many requests at once. */
export async function answersOf(api: Api, appId: number, count: number): Promise<string[]> {
  const url = await addressOf(api, appId);
  return Promise.all(Array.from({ length: count }, async () => (await fetch(url)).text()));
}

/** The log as one text. */
export async function logOf(api: Api, id: number): Promise<string> {
  const page = await api.get(`/api/deployments/${id}/logs?limit=5000`);
  return page.body.data.map((entry: { line: string }) => entry.line).join("");
}
