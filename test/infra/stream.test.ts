import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { idOf, resources } from "./synthesized.ts";

const mappingSchema = z.object({
  FunctionName: z.object({ Ref: z.string() }),
  EventSourceArn: z.object({ "Fn::GetAtt": z.tuple([z.string(), z.string()]) }),
  BatchSize: z.number(),
  MaximumBatchingWindowInSeconds: z.number().optional(),
  ParallelizationFactor: z.number().optional(),
  BisectBatchOnFunctionError: z.boolean().optional(),
  MaximumRetryAttempts: z.number().optional(),
  FunctionResponseTypes: z.array(z.string()).default([]),
  DestinationConfig: z.object({ OnFailure: z.object({ Destination: z.unknown() }) }).optional(),
  FilterCriteria: z
    .object({ Filters: z.array(z.object({ Pattern: z.string().transform((text): unknown => JSON.parse(text)) })) })
    .optional(),
});

const mappings = Object.values(resources("AWS::Lambda::EventSourceMapping")).map(({ Properties }) =>
  mappingSchema.parse(Properties),
);
const tableNamed = (name: string) =>
  Object.keys(resources("AWS::DynamoDB::Table")).find((logicalId) => logicalId.startsWith(`Tables${name}`));
const readersOf = (table: string) =>
  mappings.filter(
    ({
      EventSourceArn: {
        "Fn::GetAtt": [source, what],
      },
    }) => what === "StreamArn" && source === tableNamed(table),
  );
const readers = readersOf("deployments");
const readerOf = (name: string) => {
  const reader = readers.find((mapping) => mapping.FunctionName.Ref === idOf(name));
  if (reader === undefined) throw new Error(`${name} reads no stream.`);
  return reader;
};

/** Event filtering as Lambda documents it, for the operators that occur: equality, `prefix`, `exists` on a leaf. */
function matches(pattern: unknown, value: unknown): boolean {
  if (Array.isArray(pattern)) return pattern.some((rule: unknown) => matchesRule(rule, value));
  const fields = z.record(z.string(), z.unknown()).parse(pattern);
  return Object.entries(fields).every(([name, inner]) => {
    const parsed = z.record(z.string(), z.unknown()).safeParse(value);
    return matches(inner, parsed.success ? parsed.data[name] : undefined);
  });
}

function matchesRule(rule: unknown, value: unknown): boolean {
  const operator = z
    .union([z.strictObject({ prefix: z.string() }), z.strictObject({ exists: z.boolean() }), z.string()])
    .parse(rule);
  if (typeof operator === "string") return value === operator;
  if ("exists" in operator) return (value !== undefined) === operator.exists;
  return typeof value === "string" && value.startsWith(operator.prefix);
}

const record = (eventName: string, item: string, attributes: Readonly<Record<string, unknown>> = {}) => ({
  eventName,
  dynamodb: { Keys: { deployment_id: { N: "7" }, item: { S: item } }, NewImage: attributes },
});
const lets = (reader: (typeof mappings)[number] | undefined, event: unknown): boolean =>
  (reader?.FilterCriteria?.Filters ?? []).some(({ Pattern }) => matches(Pattern, event));
const sees = (name: string, event: ReturnType<typeof record>): boolean => lets(readerOf(name), event);

describe("the stream of deployments", () => {
  test("carries new and old images", () => {
    const tables = Object.values(resources("AWS::DynamoDB::Table"));
    const streams = tables.flatMap(({ Properties }) => Properties.StreamSpecification ?? []);
    const types = streams.map((stream) => z.object({ StreamViewType: z.string() }).parse(stream).StreamViewType);
    expect(types.toSorted()).toEqual(["NEW_AND_OLD_IMAGES", "NEW_AND_OLD_IMAGES", "NEW_IMAGE"]);
  });

  test("has two readers and no third", () => {
    expect(readers.map((mapping) => mapping.FunctionName.Ref).toSorted()).toEqual(
      [idOf("rows-to-bus"), idOf("rows-to-sockets")].toSorted(),
    );
  });

  test("is read in order, at once, and past a record that cannot be handled", () => {
    for (const reader of readers) {
      expect(reader).toMatchObject({
        BatchSize: 100,
        MaximumBatchingWindowInSeconds: 0,
        ParallelizationFactor: 1,
        BisectBatchOnFunctionError: true,
      });
      expect(reader.DestinationConfig).toBeDefined();
    }
    expect(readerOf("rows-to-sockets").MaximumRetryAttempts).toBe(3);
    expect(readerOf("rows-to-bus").MaximumRetryAttempts).toBe(10);
    expect(readerOf("rows-to-bus").FunctionResponseTypes).toEqual(["ReportBatchItemFailures"]);
  });

  test.each([
    ["a first state", record("INSERT", "state"), true],
    ["a next state", record("MODIFY", "state"), true],
    ["new lines", record("INSERT", "log#000000000001"), true],
    ["a new viewer", record("INSERT", "viewer#a="), true],
    ["a viewer whose replay goes on", record("MODIFY", "viewer#a=", { behind: { N: "12" } }), true],
    ["a viewer who is live now", record("MODIFY", "viewer#a=", { live: { BOOL: true } }), false],
    [
      "a viewer who could not be reached and waits",
      record("MODIFY", "viewer#a=", { failures: { N: "1" }, retry_at: { S: "2026" } }),
      false,
    ],
    [
      "a reader of the feed who could not be reached and waits",
      record("MODIFY", "feed#a=", { failures: { N: "1" } }),
      false,
    ],
    ["a reader of the feed who is due", record("MODIFY", "feed#a=", { behind: { N: "1" } }), true],
    ["a new socket of the feed", record("INSERT", "feed#a="), false],
    ["who holds a socket", record("INSERT", "holder#a#b="), false],
    ["its own first mark", record("INSERT", "pumped"), false],
    ["its own next mark", record("MODIFY", "pumped"), false],
    ["a build's notes", record("INSERT", "build#1"), false],
    ["a build's next notes", record("MODIFY", "build#1"), false],
    ["lines that expire", record("REMOVE", "log#000000000001"), false],
    ["a viewer who leaves", record("REMOVE", "viewer#a="), false],
    ["a row that goes", record("REMOVE", "state"), false],
  ])("wakes rows-to-sockets for %s: %#", (_, event, expected) => {
    expect(sees("rows-to-sockets", event)).toBe(expected);
  });

  test.each([
    ["a first state", record("INSERT", "state"), true],
    ["a next state", record("MODIFY", "state"), true],
    ["new lines", record("INSERT", "log#000000000001"), false],
    ["a new viewer", record("INSERT", "viewer#a="), false],
    ["a row that goes", record("REMOVE", "state"), false],
  ])("wakes rows-to-bus for %s: %#", (_, event, expected) => {
    expect(sees("rows-to-bus", event)).toBe(expected);
  });
});

describe("the streams of credentials and of apps", () => {
  const changed = (eventName: string, images: Readonly<Record<string, unknown>>) => ({ eventName, dynamodb: images });
  const kind = (S: string, more: Readonly<Record<string, unknown>> = {}) => ({ kind: { S }, ...more });

  test("have one reader, which ends sockets", () => {
    for (const table of ["tokens", "apps"]) {
      expect(readersOf(table).map(({ FunctionName }) => FunctionName.Ref)).toEqual([idOf("access-to-sockets")]);
      expect(readersOf(table)[0]?.DestinationConfig).toBeDefined();
    }
  });

  test.each([
    ["a token that is gone", changed("REMOVE", { OldImage: kind("token") }), true],
    ["a session that is over", changed("REMOVE", { OldImage: kind("session") }), true],
    ["a token that is another's now", changed("MODIFY", { OldImage: kind("token"), NewImage: kind("token") }), true],
    ["a ticket that was used", changed("REMOVE", { OldImage: kind("ticket") }), false],
    ["a new token", changed("INSERT", { NewImage: kind("token") }), false],
    ["a new session", changed("INSERT", { NewImage: kind("session") }), false],
  ])("wake it for %s: %#", (_, event, expected) => {
    expect(lets(readersOf("tokens")[0], event)).toBe(expected);
  });

  test.each([
    ["an app that is deleted", kind("app", { deleted_at: { S: "2026-01-01T00:00:00.000Z" } }), true],
    ["an app that is changed", kind("app", { deleted_at: { NULL: true } }), false],
    ["an app's lane", kind("lane"), false],
  ])("wake it for %s: %#", (_, NewImage, expected) => {
    expect(lets(readersOf("apps")[0], changed("MODIFY", { NewImage }))).toBe(expected);
  });
});
