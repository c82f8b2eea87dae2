import { expect, test } from "@jest/globals";
import { runLoad } from "../../bench/soak/load/load.ts";
import { temporaryDirectory } from "../support/local-mode.ts";

// The whole of it: `npm run soak -- --load` (docs/soak.md).
test("apps, deployments, viewers and idle sockets in small: nothing stands still, and lists are exact", async () => {
  const report = await runLoad({ scale: 0.01, directory: temporaryDirectory(), say: () => {} });
  expect(report.complaints).toEqual([]);
});
