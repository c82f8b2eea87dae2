import { healthyApp } from "../../test/support/apps.ts";
import { deploy, ends, registerApp } from "../../test/support/deploying.ts";
import { bareMessages } from "../baselines.ts";
import { type Measurement, summary } from "../measurement.ts";
import { inLocalMode, type Place } from "../place.ts";
import { recordedCalls, statusWrites } from "../recorded.ts";
import { watch } from "../watch.ts";

/** When each version of a deployment's status was there, in epoch milliseconds. The first frame is how it was when the viewer came. */
type Arrivals = ReadonlyMap<number, number>;

/** Releases what is live once more, with a viewer. */
async function release(place: Pick<Place, "api" | "url">, appId: number): Promise<{ id: number; arrivals: Arrivals }> {
  const { api, url } = place;
  const arrivals = new Map<number, number>();
  let snapshot: number | undefined;
  const { status, headers, body } = await api.post(`/api/apps/${appId}/redeploy`);
  if (status === 429) {
    await new Promise((resume) => setTimeout(resume, Number(headers.get("retry-after")) * 1000));
    return release(place, appId);
  }
  const id = body.data.id;
  const viewer = await watch(url, `id=${id}`, ({ type, data }, at) => {
    if (type !== "status") return;
    const first: number = snapshot ?? data.version;
    snapshot = first;
    if (data.version > first && !arrivals.has(data.version)) arrivals.set(data.version, at);
  });
  await viewer.finished;
  viewer.close();
  return { id, arrivals };
}

/** From when a version of a row was acknowledged by DynamoDB until its status is at a viewer's socket. */
export function statuses({ samples }: { readonly samples: number }): Promise<Measurement[]> {
  return inLocalMode({ recorded: true }, async (place) => {
    const { api, recording } = place;
    const app = await registerApp(api, healthyApp(), { name: "again", healthCheckPath: "/healthz" });
    await ends(api, await deploy(api, app.id));
    const seen: { id: number; arrivals: Arrivals }[] = [];
    while (seen.reduce((sum, { arrivals }) => sum + arrivals.size, 0) < samples)
      seen.push(await release(place, app.id));
    const calls = recordedCalls(recording ?? "");
    const delays = seen.flatMap(({ id, arrivals }) => {
      const writes = statusWrites(calls, id);
      return [...arrivals].flatMap(([version, at]) => {
        const written = writes.get(version);
        return written === undefined ? [] : [at - written];
      });
    });
    return [summary("status written → socket", delays, await bareMessages(200))];
  });
}
