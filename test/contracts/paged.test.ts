// AWS answers lists in pages. Nobody may write a call that reads the first one and takes it for all.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "@jest/globals";

const root = join(import.meta.dirname, "../..");
/** The one place that queries tables. */
const pages = "lib/adapters/dynamodb/pages.ts";
/** Answers of at most as many as are named in the question. */
const named = new Set([
  "lib/adapters/ecr/pushed-image.ts: DescribeImagesCommand",
  "lib/adapters/ecr/images.ts: DescribeRepositoriesCommand",
  "lib/operator/stack.ts: DescribeStacksCommand",
  "lib/adapters/ecs/balancers.ts: DescribeLoadBalancersCommand",
  "lib/adapters/ecs/target-groups.ts: DescribeTargetGroupsCommand",
  "lib/adapters/cloudwatch/usage.ts: DescribeTargetGroupsCommand",
]);
/** They have no paginator: batches may leave items unprocessed, and are not used at all. */
const refused = ["BatchGetCommand", "BatchWriteCommand", "BatchGetItemCommand", "BatchWriteItemCommand"];

const sources = ["lib", "functions", "packages", "bin"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name))),
);

/** What a file imports from each package of the SDK: the names, without types. */
function imports(file: string): readonly (readonly [specifier: string, names: readonly string[]])[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(/import (?!type)\{([^}]*)\} from "(@aws-sdk\/[^"]+)"/g)].map(
    ([, names = "", specifier = ""]) =>
      [
        specifier,
        names
          .split(",")
          .map((name) => name.trim())
          .filter((name) => !name.startsWith("type ")),
      ] as const,
  );
}

test("whatever has pages is read with its paginator, and tables in one place only", async () => {
  const complaints: string[] = [];
  for (const file of sources) {
    for (const [specifier, names] of imports(file)) {
      const sdk: Record<string, unknown> = await import(specifier);
      for (const name of names) {
        const paginator = `paginate${name.replace(/Command$/, "")}`;
        const isUnpaged = name.endsWith("Command") && (paginator in sdk || refused.includes(name));
        const isTable = /^paginate(Query|Scan)$/.test(name) && file !== pages;
        if ((isUnpaged || isTable) && !named.has(`${file}: ${name}`)) complaints.push(`${file}: ${name}`);
      }
    }
  }
  expect(complaints).toEqual([]);
});
