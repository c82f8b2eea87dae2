import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

const tests = new URL("../", import.meta.url);
const table = new URL("support/durations.json", tests);
/** A file that takes less is a short one. */
const listedSeconds = 5;

/** With `RENEW_DURATIONS=1`, writes how long the files of this run took to `durations.json`, from which `longest-first.js` sorts them. */
export default class DurationsReporter {
  onRunComplete(_contexts, { testResults }) {
    if (process.env.RENEW_DURATIONS !== "1") return;
    const measured = testResults.map(({ testFilePath, perfStats }) => [
      relative(fileURLToPath(tests), testFilePath),
      Math.round(perfStats.runtime / 1000),
    ]);
    const known = Object.entries({ ...JSON.parse(readFileSync(table, "utf8")), ...Object.fromEntries(measured) });
    const listed = known.filter(([file, seconds]) => seconds >= listedSeconds && existsSync(new URL(file, tests)));
    const sorted = listed.sort(([, one], [, other]) => other - one);
    writeFileSync(table, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
  }
}
