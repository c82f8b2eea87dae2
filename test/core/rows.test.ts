// Rows outlive the version that wrote them: whatever was added to them since has a default, or the next version cannot read them.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import * as z from "zod";
import { auditEntrySchema } from "../../lib/core/access/audit.ts";
import { credentialSchema } from "../../lib/core/access/credential.ts";
import { appSchema } from "../../lib/core/app.ts";
import { configurationNumbersSchema } from "../../lib/core/configuration/numbers.ts";
import { deploymentSchema } from "../../lib/core/deployment/deployment.ts";
import { releaseRecordSchema } from "../../lib/core/deployment/release-record.ts";
import { appDomainsSchema } from "../../lib/core/domains/domains.ts";
import { endpointHealthSchema } from "../../lib/core/endpoint.ts";
import { laneSchema } from "../../lib/core/lane/lane.ts";
import { deploymentOutcomeSchema } from "../../lib/core/metrics/outcome.ts";
import { gitHubReportSchema } from "../../lib/core/notice/github-report.ts";
import { placementsSchema } from "../../lib/core/placement/placement.ts";
import { runSchema } from "../../lib/core/run/run.ts";

/** What is stored for longer than a few days. */
const rows: Readonly<Record<string, z.ZodType>> = {
  app: appSchema,
  audit_entry: auditEntrySchema,
  configuration_numbers: configurationNumbersSchema,
  credential: credentialSchema,
  deployment: deploymentSchema,
  domains: appDomainsSchema,
  endpoint_health: endpointHealthSchema,
  github_report: gitHubReportSchema,
  lane: laneSchema,
  outcome: deploymentOutcomeSchema,
  placements: placementsSchema,
  release: releaseRecordSchema,
  run: runSchema,
};

type Need = "required" | "optional";
/** The fields of rows by their paths, and whether a row must have them. Of a union, the fields of each of its kinds. */
type Fields = Readonly<Record<string, Need>>;

const nodeSchema = z.object({
  properties: z.record(z.string(), z.unknown()).default({}),
  required: z.array(z.string()).default([]),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).default([]),
  oneOf: z.array(z.unknown()).default([]),
});

/** By what a branch of a union is recognized: its first field that is always the same. */
function kindOf(branch: unknown): string {
  const constants = Object.values(nodeSchema.parse(branch).properties).map((property) => Object(property).const);
  return String(constants.find((constant) => typeof constant === "string") ?? "");
}

function fieldsOf(name: string, schema: z.ZodType): [string, Need][] {
  const { $defs = {}, ...root } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  const fieldsIn = (node: unknown, path: string): [string, Need][] => {
    const { $ref } = Object(node);
    if ($ref !== undefined) return fieldsIn($defs[String($ref).replace("#/$defs/", "")], path);
    if (typeof node !== "object" || node === null) return [];
    const { properties, required, items, anyOf, oneOf } = nodeSchema.parse(node);
    const own = Object.entries(properties).flatMap(([field, property]): [string, Need][] => [
      [`${path}.${field}`, required.includes(field) ? "required" : "optional"],
      ...fieldsIn(property, `${path}.${field}`),
    ]);
    const branches = [...anyOf, ...oneOf].filter((branch) => Object(branch).type !== "null");
    const named = (branch: unknown) => (branches.length === 1 ? path : `${path}<${kindOf(branch)}>`);
    return [...own, ...fieldsIn(items, path), ...branches.flatMap((branch) => fieldsIn(branch, named(branch)))];
  };
  return fieldsIn(root, name);
}

const baselineSchema = z.record(z.string(), z.enum(["required", "optional"]));
const file = join(import.meta.dirname, "rows-baseline.json");
const all = Object.entries(rows).flatMap(([name, schema]) => fieldsOf(name, schema));
const now: Fields = Object.fromEntries(all.toSorted(([one], [other]) => (one < other ? -1 : 1)));

if (process.env.RENEW_BASELINE) writeFileSync(file, `${JSON.stringify(now, null, 2)}\n`);

test("a row of the last release can be read: what was added to it has a default", () => {
  const before: Fields = baselineSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  const objects = new Set([
    ...Object.keys(rows),
    ...Object.keys(before).map((path) => path.slice(0, path.lastIndexOf("."))),
  ]);
  const needed = Object.keys(now).filter((path) => now[path] === "required" && before[path] !== "required");
  // What is part of something new is new with it.
  const unreadable = needed.filter((path) => objects.has(path.slice(0, path.lastIndexOf("."))));
  expect(unreadable).toEqual([]);
});
