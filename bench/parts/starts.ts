import { bareProcesses } from "../baselines.ts";
import { commandLineStarts } from "../command-line.ts";
import { type Measurement, summary } from "../measurement.ts";
import { inLocalMode } from "../place.ts";
import { sizes } from "../sizes.ts";

/** What starts: the local mode and the command line. */
export async function starts(): Promise<Measurement[]> {
  const begun = performance.now();
  const ready = await inLocalMode({}, async () => performance.now() - begun);
  const bare = await bareProcesses(5);
  return [
    summary("start-up until ready", [ready], bare),
    summary("slipway --version", await commandLineStarts(10), bare),
  ];
}

/** What other people's pages get. */
export async function bundles(): Promise<Measurement[]> {
  const { client, monitor, reactDom } = await sizes();
  const basis = { name: "React DOM", values: [reactDom] };
  return [
    summary("the client in a page", [client], basis, "bytes"),
    summary("the monitor and the client in a page", [monitor], basis, "bytes"),
  ];
}
