import { healthyApp } from "../../test/support/apps.ts";
import { openBrowser } from "../../test/support/browser.ts";
import { deploy, ends, registerApp } from "../../test/support/deploying.ts";
import { bareMessages } from "../baselines.ts";
import { scrollFrames, watchInBrowser } from "../browser.ts";
import { type Measurement, summary } from "../measurement.ts";
import { inLocalMode } from "../place.ts";
import { recordedCalls, stageWrites } from "../recorded.ts";
import { stampedApp } from "../stamped.ts";

/** From when a line is printed and a stage is written until it is on the page of somebody who watches. */
export function page({ deployments }: { readonly deployments: number }): Promise<Measurement[]> {
  return inLocalMode({ recorded: true }, async ({ api, url, recording }) => {
    const files = stampedApp({ lines: 40, atOnce: 1, everyMs: 100 });
    const app = await registerApp(api, files, { name: "stamped", healthCheckPath: "/healthz" });
    const browser = await openBrowser();
    const lines: number[] = [];
    const stages: number[] = [];
    for (let n = 0; n < deployments; n++) {
      // Of the same files the image would be reused.
      app.repository.commit({ "again.txt": `again ${n}` }, "Again");
      const id = await deploy(api, app.id);
      const notes = await (await watchInBrowser(browser, url, id))();
      lines.push(...notes.lines.map(({ printed, seen }) => seen - printed));
      const written = stageWrites(recordedCalls(recording ?? ""), id);
      // How it was when the page was opened is nothing that had to come.
      for (const [status, seen] of Object.entries(notes.statuses).slice(2)) {
        const at = written.get(status);
        if (at !== undefined) stages.push(seen - at);
      }
    }
    await browser.close();
    const bare = await bareMessages(200);
    return [summary("printed line → page", lines, bare), summary("status written → page", stages, bare)];
  });
}

/** How long frames of the page take while a log of 100,000 lines is scrolled. */
export function scrolling(): Promise<Measurement[]> {
  return inLocalMode({}, async ({ api, url }) => {
    const app = await registerApp(api, longLog(100_000), { name: "long", healthCheckPath: "/healthz" });
    const id = await deploy(api, app.id);
    await ends(api, id, 120);
    const browser = await openBrowser();
    const frames = await scrollFrames(browser, url, id);
    await browser.close();
    const idle = { name: "a frame while nothing happens", values: frames.idle };
    return [summary("a frame while 100,000 lines are scrolled", frames.scrolling, idle)];
  });
}

/** Prints so many lines at once. */
function longLog(count: number): Record<string, string> {
  const script = `process.stdout.write(Array.from({ length: ${count} }, (_, index) => "line " + (index + 1)).join("\\n") + "\\n");`;
  return { ...healthyApp("long", ["node chatter.mjs"]), "chatter.mjs": script };
}
