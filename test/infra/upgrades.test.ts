import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import * as z from "zod";
import { root, template } from "./synthesized.ts";

/**
 * What holds data or addresses, by type, with the properties of which a change replaces it ("Update requires: Replacement" in the
 * CloudFormation reference). A changed `GenerateSecretString` gives a secret another value.
 */
const stateful: Readonly<Record<string, readonly string[]>> = {
  "AWS::ApiGateway::RestApi": [],
  "AWS::ApiGatewayV2::Api": ["ProtocolType"],
  "AWS::CloudFront::Distribution": [],
  "AWS::DynamoDB::Table": ["TableName", "KeySchema", "ImportSourceSpecification"],
  "AWS::EC2::SecurityGroup": ["GroupDescription", "GroupName", "VpcId"],
  "AWS::EC2::Subnet": ["AvailabilityZone", "CidrBlock", "VpcId"],
  "AWS::EC2::VPC": ["CidrBlock", "InstanceTenancy"],
  "AWS::ECR::Repository": ["EncryptionConfiguration", "RepositoryName"],
  "AWS::ECS::Cluster": ["ClusterName"],
  "AWS::Logs::LogGroup": ["LogGroupName"],
  "AWS::S3::Bucket": ["BucketName"],
  "AWS::SecretsManager::Secret": ["GenerateSecretString", "Name"],
};
/** Those without which nothing of them can be got back. */
const kept = ["AWS::DynamoDB::Table", "AWS::ECR::Repository"];

const baselineSchema = z.record(z.string(), z.object({ Type: z.string(), fixed: z.record(z.string(), z.unknown()) }));
type Baseline = z.infer<typeof baselineSchema>;

const file = join(root, "test/infra/stateful-baseline.json");

const statefulNow = (): Baseline => {
  const all: Readonly<Record<string, { Type: string; Properties?: Record<string, unknown> }>> =
    template.toJSON().Resources;
  const found = Object.entries(all).flatMap(([id, { Type, Properties = {} }]) => {
    const names = stateful[Type];
    if (names === undefined) return [];
    const fixed = names.flatMap((name) => (name in Properties ? [[name, Properties[name]]] : []));
    return [[id, { Type, fixed: Object.fromEntries(fixed) }] as const];
  });
  return Object.fromEntries(found.toSorted(([one], [other]) => one.localeCompare(other)));
};

if (process.env.RENEW_BASELINE) writeFileSync(file, `${JSON.stringify(statefulNow(), null, 2)}\n`);

test("an update from the last release replaces or deletes nothing that holds data or addresses", () => {
  const before = baselineSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  const now = statefulNow();
  // What is new is no change of what was there.
  expect(Object.fromEntries(Object.keys(before).map((id) => [id, now[id]]))).toEqual(before);
});

test("what holds data stays where the template does not name it any more", () => {
  const all: Readonly<Record<string, { Type: string; DeletionPolicy?: string; UpdateReplacePolicy?: string }>> =
    template.toJSON().Resources;
  const policies = Object.values(all).filter(({ Type }) => kept.includes(Type));
  for (const { DeletionPolicy, UpdateReplacePolicy } of policies) {
    expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(["RetainExceptOnCreate", "Retain"]);
  }
});
