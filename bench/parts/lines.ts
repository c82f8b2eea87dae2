import { deploy, registerApp } from "../../test/support/deploying.ts";
import { bareMessages } from "../baselines.ts";
import { type Measurement, summary } from "../measurement.ts";
import { inLocalMode } from "../place.ts";
import { stampedApp, stampReader } from "../stamped.ts";
import { watch } from "../watch.ts";

export interface Pace {
  readonly name: string;
  readonly lines: number;
  readonly atOnce: number;
  readonly everyMs: number;
  /** As the dashboard and the command line watch. Without, each line is a message of its own. */
  readonly batch: boolean;
}

/** From when a build prints a line until it is at a viewer's socket, each line counted. */
export function lines(pace: Pace): Promise<Measurement[]> {
  return inLocalMode({}, async ({ api, url }) => {
    const app = await registerApp(api, stampedApp(pace), { name: "stamped", healthCheckPath: "/healthz" });
    const reader = stampReader(pace.lines);
    const id = await deploy(api, app.id);
    const viewer = await watch(url, `id=${id}${pace.batch ? "&batch=1" : ""}`, reader.note);
    await viewer.finished;
    viewer.close();
    const { delays, wrong } = reader.seen();
    if (wrong > 0) throw new Error(`${wrong} of ${pace.lines} lines were missing, repeated or out of order.`);
    return [summary(`printed line → socket, ${pace.name}`, delays, await bareMessages(200))];
  });
}
