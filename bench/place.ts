import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apiAt } from "../test/support/api.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../test/support/local-mode.ts";

/** A local mode that a part measures. */
export interface Place {
  readonly url: string;
  readonly api: ReturnType<typeof apiAt>;
  readonly local: LocalMode;
  /** The recording of its calls; `null`: none is made. */
  readonly recording: string | null;
}

/** Runs with a local mode of its own, started as `npm start` does. A recording takes time from what is measured: only where it is needed. */
export async function inLocalMode<T>(
  { recorded = false, args = [] }: { readonly recorded?: boolean; readonly args?: readonly string[] },
  run: (place: Place) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "slipway-bench-"));
  const recording = recorded ? join(directory, "calls.jsonl") : null;
  const local = await startLocalMode({
    heap: "small",
    data: join(directory, "data"),
    args: [...args, ...(recording === null ? [] : ["--record", recording])],
  });
  try {
    return await run({ url: local.url, api: apiAt(local.url), local, recording });
  } finally {
    await local.stop();
    removeDirectory(directory);
  }
}
