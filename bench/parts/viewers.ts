import { deploy, reaches, registerApp } from "../../test/support/deploying.ts";
import { bareBroadcast, measured } from "../baselines.ts";
import { type Measurement, summary } from "../measurement.ts";
import { inLocalMode, type Place } from "../place.ts";
import { stampedApp, stampReader } from "../stamped.ts";
import { type Watching, watch } from "../watch.ts";

/** Well below how many sockets one caller may open at once. */
const socketsACaller = 100;
/** Sockets that are opened at the same time. */
const openedAtOnce = 10;

async function callers({ api }: Place, count: number): Promise<Record<string, string>[]> {
  const headers: Record<string, string>[] = [];
  for (let n = 0; n < count; n++) {
    const answer = await api.post("/api/tokens", { name: `viewers-${n}`, role: "viewer" });
    headers.push({ Authorization: `Bearer ${answer.body.data.token}` });
  }
  return headers;
}

export interface Crowd {
  readonly viewers: number;
  readonly lines: number;
  readonly batch: boolean;
}

/**
 * Many viewers of one deployment whose build prints four lines a second, each counted line by line. It waits in its app's
 * lane until all of them are there. Beside them, somebody else makes small requests.
 */
export function viewers({ viewers: count, lines, batch }: Crowd): Promise<Measurement[]> {
  return inLocalMode({}, async (place) => {
    const { api, url } = place;
    const headers = await callers(place, Math.ceil(count / socketsACaller));
    const files = stampedApp({ lines, atOnce: 1, everyMs: 250 });
    const app = await registerApp(api, files, { name: "watched", healthCheckPath: "/healthz", approval: "required" });
    const first = await deploy(api, app.id);
    await reaches(api, first, ["awaiting_approval"]);
    app.repository.commit({ "again.txt": "again" }, "Again");
    const id = await deploy(api, app.id);
    const readers = Array.from({ length: count }, () => stampReader(lines));
    const open: Watching[] = [];
    const query = `id=${id}${batch ? "&batch=1" : ""}`;
    const queue = readers.map((reader, n) => ({ reader, headers: headers[Math.floor(n / socketsACaller)] ?? {} }));
    const connect = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift())
        open.push(await watch(url, query, next.reader.note, next.headers));
    };
    await Promise.all(Array.from({ length: openedAtOnce }, connect));
    await api.post(`/api/deployments/${first}/reject`, {});
    const others: number[] = [];
    let isOver = false;
    const asking = (async () => {
      while (!isOver) {
        others.push(...(await measured(1, () => api.get("/api/health"))));
        await new Promise((resume) => setTimeout(resume, 200));
      }
    })();
    await reaches(api, id, ["awaiting_approval"]);
    const printed = performance.now();
    await api.post(`/api/deployments/${id}/reject`, {});
    await Promise.all(open.map(({ finished }) => finished));
    const late = performance.now() - printed;
    isOver = true;
    await asking;
    for (const viewer of open) viewer.close();
    const seen = readers.map((reader) => reader.seen());
    const wrong = seen.reduce((sum, one) => sum + one.wrong, 0);
    if (wrong > 0) throw new Error(`${wrong} of ${lines * count} lines were missing, repeated or out of order.`);
    const bare = await bareBroadcast(count, 10);
    const what = `${count} viewers${batch ? " in batches" : ""}`;
    return [
      summary(
        `printed line → socket, ${what}`,
        seen.flatMap(({ delays }) => delays),
        bare,
      ),
      summary(`end of the build → the last of ${what} has all`, [late], bare),
      summary(`GET /api/health beside ${what}`, others, bare),
    ];
  });
}
