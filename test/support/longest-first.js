import { readFileSync } from "node:fs";
import { relative } from "node:path";

const tests = new URL("../", import.meta.url);
const seconds = JSON.parse(readFileSync(new URL("support/durations.json", tests), "utf8"));

/** The longest files first, so that no worker begins with one when the others are done. A file that is not listed is a short one. */
export default class LongestFirst {
  sort(files) {
    const lasts = ({ path }) => seconds[relative(tests.pathname, path)] ?? 0;
    return files.toSorted((one, other) => lasts(other) - lasts(one) || one.path.localeCompare(other.path));
  }

  shard(files) {
    return files;
  }

  allFailedTests() {
    return [];
  }

  cacheResults() {}
}
