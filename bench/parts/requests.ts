import { healthyApp } from "../../test/support/apps.ts";
import { reaches, registerApp } from "../../test/support/deploying.ts";
import { bareRequests, measured } from "../baselines.ts";
import { type Measurement, summary } from "../measurement.ts";
import { inLocalMode, type Place } from "../place.ts";

/** Deployments are asked for while the app's lane is taken, so that nothing but the request itself is at work. */
async function posts({ api }: Place, times: number): Promise<number[]> {
  const app = await registerApp(api, healthyApp(), { name: "held", healthCheckPath: "/healthz", approval: "required" });
  const { body: holder } = await api.post("/api/deployments", { appId: app.id });
  await reaches(api, holder.id, ["awaiting_approval"]);
  const values: number[] = [];
  let before: number | null = null;
  while (values.length < times) {
    const begun = performance.now();
    const { status, headers, body } = await api.post("/api/deployments", { appId: app.id });
    const took = performance.now() - begun;
    if (status === 429) {
      await new Promise((resume) => setTimeout(resume, Number(headers.get("retry-after")) * 1000));
      continue;
    }
    if (status !== 201) throw new Error(`A deployment was refused: ${JSON.stringify(body)}`);
    values.push(took);
    // Its place is taken by the next one: until then there is work.
    if (before !== null) await reaches(api, before, ["superseded"]);
    before = body.id;
  }
  return values;
}

/** What an answer takes: of the smallest request, and of the one that starts everything. */
export function requests({ samples }: { readonly samples: number }): Promise<Measurement[]> {
  return inLocalMode({}, async (place) => {
    const health = () => place.api.get("/api/health");
    await measured(20, health);
    const reads = await measured(samples, health);
    const created = await posts(place, Math.max(10, Math.ceil(samples / 8)));
    const bare = await bareRequests(200);
    return [summary("GET /api/health", reads, bare), summary("POST /api/deployments", created, bare)];
  });
}
