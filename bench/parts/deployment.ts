import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { deploy, ends, registerApp } from "../../test/support/deploying.ts";
import { bareProcesses } from "../baselines.ts";
import { type Measurement, summary } from "../measurement.ts";
import { inLocalMode } from "../place.ts";

const example = resolve(import.meta.dirname, "../../examples/hello");

const files = (): Record<string, string> =>
  Object.fromEntries(readdirSync(example).map((name) => [name, readFileSync(join(example, name), "utf8")]));

interface Entry {
  readonly stage: string;
  readonly entered_at: string;
}

/** How long each stage of a timeline lasted, in milliseconds. */
const stageMs = (timeline: readonly Entry[]): [stage: string, ms: number][] =>
  timeline
    .slice(0, -1)
    .map(({ stage, entered_at }, index) => [
      stage,
      Date.parse(timeline[index + 1]?.entered_at ?? entered_at) - Date.parse(entered_at),
    ]);

/** The bundled example from when the local mode is ready until it is live, and again with a change. */
export function deployment({ again }: { readonly again: number }): Promise<Measurement[]> {
  return inLocalMode({}, async ({ api }) => {
    const begun = performance.now();
    const app = await registerApp(api, files(), { name: "hello" });
    const shown = await ends(api, await deploy(api, app.id));
    if (shown.stage !== "success") throw new Error(`The example was not deployed: ${shown.error_message}`);
    const first = performance.now() - begun;
    const later: number[] = [];
    for (let n = 0; n < again; n++) {
      app.repository.commit({ "again.txt": `again ${n}` }, "Again");
      const before = performance.now();
      await ends(api, await deploy(api, app.id));
      later.push(performance.now() - before);
    }
    const bare = await bareProcesses(5);
    const stages = stageMs(shown.timeline).map(([stage, ms]) =>
      summary(`of the example's first deployment: ${stage}`, [ms], bare),
    );
    return [
      summary("ready → live, the example", [first], bare),
      ...stages,
      summary("asked → live, a change of it", later, bare),
    ];
  });
}
