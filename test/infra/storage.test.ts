import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { functions, resources } from "./synthesized.ts";

const keys = z.array(z.object({ AttributeName: z.string(), KeyType: z.string() }));
const tableSchema = z.object({
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.string() })),
  KeySchema: keys,
  GlobalSecondaryIndexes: z
    .array(z.object({ IndexName: z.string(), KeySchema: keys, Projection: z.object({ ProjectionType: z.string() }) }))
    .default([]),
  TimeToLiveSpecification: z.object({ AttributeName: z.string(), Enabled: z.boolean() }).optional(),
});

/** Tables by the variable that names them to a function, with their keys as docs/architecture.md writes them. */
function tables() {
  const all = resources("AWS::DynamoDB::Table");
  const named = functions().flatMap(({ environment }) =>
    Object.entries(environment).filter(([variable]) => variable.endsWith("_TABLE")),
  );
  return Object.fromEntries(
    named.map(([variable, value]) => {
      const { Ref } = z.object({ Ref: z.string() }).parse(value);
      const table = tableSchema.parse(all[Ref]?.Properties);
      const typeOf = (name: string) =>
        table.AttributeDefinitions.find((each) => each.AttributeName === name)?.AttributeType;
      const spell = (schema: z.infer<typeof keys>) =>
        schema.map(({ AttributeName }) => `${AttributeName} ${typeOf(AttributeName)}`).join(", ");
      const indexes = table.GlobalSecondaryIndexes.map((index) => `${index.IndexName}: ${spell(index.KeySchema)}`);
      return [variable, [spell(table.KeySchema), ...indexes, table.TimeToLiveSpecification?.AttributeName ?? "kept"]];
    }),
  );
}

describe("what is stored", () => {
  test("has the keys that docs/architecture.md promises", () => {
    expect(tables()).toEqual({
      DEPLOYMENTS_TABLE: [
        "deployment_id N, item S",
        "newest: item S, id N",
        "by_app: app_id N, id N",
        "by_stage: stage S, id N",
        "open: open S, next_poll_at S",
        "expires_at",
      ],
      APPS_TABLE: ["kind S, key S", "kept"],
      RELEASES_TABLE: ["app_id N, deployment_id N", "kept"],
      RUNS_TABLE: [
        "id N",
        "by_app: app_id N, id N",
        "open: open S, next_poll_at S",
        "unfinished: unfinished_of N, id N",
        "expires_at",
      ],
      TOKENS_TABLE: ["token_hash S", "by_id: kind S, id N", "expires_at"],
      REQUESTS_TABLE: ["key S", "expires_at"],
      COUNTERS_TABLE: ["name S", "kept"],
      AUDIT_TABLE: ["audit_scope S, id S", "expires_at"],
      METRICS_TABLE: ["app_id N, ended S", "expires_at"],
      NOTICES_TABLE: ["app_id N, item S", "expires_at"],
    });
  });

  test("survives the stack, and mistakes of the last weeks", () => {
    const all = Object.values(resources("AWS::DynamoDB::Table"));
    expect(all).toHaveLength(10);
    for (const { Properties, DeletionPolicy } of all) {
      expect(DeletionPolicy).toBe("RetainExceptOnCreate");
      expect(Properties).toMatchObject({
        BillingMode: "PAY_PER_REQUEST",
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      });
    }
  });

  test("has no public bucket, none without encryption, none without TLS", () => {
    const buckets = resources("AWS::S3::Bucket");
    const closed = {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    };
    for (const { Properties } of Object.values(buckets)) {
      expect(Properties.PublicAccessBlockConfiguration).toEqual(closed);
      expect(Properties.BucketEncryption).toBeDefined();
    }
    const policies = Object.values(resources("AWS::S3::BucketPolicy"));
    expect(policies).toHaveLength(Object.keys(buckets).length);
    for (const { Properties } of policies)
      expect(JSON.stringify(Properties)).toContain('"aws:SecureTransport":"false"');
  });
});
