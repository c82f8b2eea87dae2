import { describe, expect, test } from "@jest/globals";
import { runTimePrefix } from "../../lib/infra/installation.ts";
import { functions, resources, statements } from "./synthesized.ts";

/** Actions for which IAM knows no resource, each with who may do it. */
const withoutResource: Readonly<Record<string, readonly string[]>> = {
  "dynamodb:ListStreams": ["access-to-sockets", "rows-to-bus", "rows-to-sockets"],
  "ecr:GetAuthorizationToken": ["Apps", "Repositories"],
  "ecs:DeregisterTaskDefinition": ["queue-to-work"],
  "ecs:DescribeTaskDefinition": ["api-to-queue", "queue-to-work"],
  "ecs:ListServices": ["queue-to-work"],
  "ecs:ListTaskDefinitionFamilies": ["queue-to-work"],
  "ecs:ListTaskDefinitions": ["queue-to-work"],
  "ecs:ListTasks": ["api-to-queue", "queue-to-work"],
  "elasticloadbalancing:DescribeListeners": ["Apps", "queue-to-work"],
  "elasticloadbalancing:DescribeLoadBalancers": ["queue-to-work"],
  "elasticloadbalancing:DescribeRules": ["Apps", "queue-to-work"],
  "elasticloadbalancing:DescribeTags": ["queue-to-work"],
  "elasticloadbalancing:DescribeTargetGroups": ["Apps", "queue-to-work"],
  "elasticloadbalancing:DescribeTargetHealth": ["Apps", "api-to-queue"],
};

const all = statements();
const holderOf = (role: string): string =>
  functions().find((each) => each.role === role)?.name ?? /^[A-Z][a-z]+/.exec(role)?.[0] ?? role;
const actionsOf = (name: string): string[] =>
  all
    .filter(({ role }) => holderOf(role) === name)
    .flatMap(({ Action }) => Action)
    .toSorted();

describe("permissions", () => {
  test("name every action in full", () => {
    expect(all.flatMap(({ Action }) => Action).filter((action) => action.includes("*"))).toEqual([]);
  });

  test("name a resource wherever IAM knows one", () => {
    const open = all.filter(({ Resource }) => Resource.includes("*"));
    const found = open.flatMap(({ role, Action }) => Action.map((action) => [action, holderOf(role)] as const));
    const byAction = Object.groupBy(found, ([action]) => action);
    const holders = Object.entries(byAction).map(([action, pairs = []]) => [
      action,
      pairs.map(([, holder]) => holder).toSorted(),
    ]);
    expect(Object.fromEntries(holders)).toEqual(withoutResource);
  });

  test("pass the two task roles to tasks, the infrastructure role to ECS, and no role to anything else", () => {
    const passing = all.filter(({ Action }) => Action.includes("iam:PassRole"));
    expect(passing.map(({ role }) => holderOf(role))).toEqual(["queue-to-work", "queue-to-work"]);
    expect(passing[1]).toMatchObject({
      Condition: { StringEquals: { "iam:PassedToService": "ecs.amazonaws.com" } },
      Resource: [{ "Fn::GetAtt": [expect.stringContaining("InfrastructureRole"), "Arn"] }],
    });
    expect(passing[0]).toMatchObject({
      Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
      Resource: [
        { "Fn::GetAtt": [expect.stringContaining("ExecutionRole"), "Arn"] },
        { "Fn::GetAtt": [expect.stringContaining("TaskRole"), "Arn"] },
      ],
    });
  });

  test("let ECS move the targets and the traffic of apps, and change nothing else", () => {
    const moving = all.filter(({ role }) => role.includes("InfrastructureRole"));
    const changing = moving.filter(({ Resource }) => !Resource.includes("*"));
    const changes = changing.map(({ Action, Resource }) => [Action, JSON.stringify(Resource)]);
    expect(changes).toEqual([
      [
        ["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"],
        expect.stringContaining(`:targetgroup/${runTimePrefix("Slipway")}-*`),
      ],
      [
        ["elasticloadbalancing:ModifyRule"],
        expect.stringContaining(`:listener-rule/app/${runTimePrefix("Slipway")}-*`),
      ],
    ]);
    const reading = moving.filter(({ Resource }) => Resource.includes("*")).flatMap(({ Action }) => Action);
    expect(reading.filter((action) => !action.includes(":Describe"))).toEqual([]);
  });

  test("make no role at run time but AWS's own", () => {
    const iam = all.filter(({ Action }) => Action.some((action) => action.startsWith("iam:")));
    const others = iam.filter(({ Action }) => !Action.includes("iam:PassRole"));
    for (const { Action, Condition } of others) {
      expect(Action).toEqual(["iam:CreateServiceLinkedRole"]);
      expect(Condition).toEqual({ StringEquals: { "iam:AWSServiceName": expect.stringMatching(/amazonaws\.com$/) } });
    }
  });

  test("let only this account's tasks and builds take their roles", () => {
    const trusts = Object.values(resources("AWS::IAM::Role")).flatMap(({ Properties }) =>
      /ecs-tasks|codebuild/.test(JSON.stringify(Properties.AssumeRolePolicyDocument))
        ? [Properties.AssumeRolePolicyDocument]
        : [],
    );
    expect(trusts).toHaveLength(3);
    for (const trust of trusts) {
      expect(trust).toMatchObject({
        Statement: [{ Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } } }],
      });
    }
  });

  test("let an authorizer read one credential, note its use, and nothing else", () => {
    const logging = ["logs:CreateLogStream", "logs:PutLogEvents"];
    expect(actionsOf("api-authorize")).toEqual(["dynamodb:GetItem", "dynamodb:UpdateItem", ...logging]);
    expect(actionsOf("socket-authorize")).toEqual(["dynamodb:GetItem", "dynamodb:UpdateItem", ...logging]);
  });

  test("let nobody but the pump write to sockets and hang up, and nobody ask about them", () => {
    const managing = all.filter(({ Action }) => Action.includes("execute-api:ManageConnections"));
    expect(managing.map(({ role }) => holderOf(role))).toEqual(["rows-to-sockets"]);
    const resources = JSON.stringify(managing.map(({ Resource }) => Resource));
    const methods = [...resources.matchAll(/\/(\w+)\/@connections\/\*/g)].map(([, method]) => method);
    expect(methods.toSorted()).toEqual(["DELETE", "POST"]);
  });

  test("let whoever ends sockets read credentials and mark the sockets' rows, and reach no socket", () => {
    const stream = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"];
    const rows = ["GetItem", "Query", "UpdateItem"];
    expect([...new Set(actionsOf("access-to-sockets"))]).toEqual([
      ...[...stream, ...rows].map((action) => `dynamodb:${action}`).toSorted(),
      "logs:CreateLogStream",
      "logs:PutLogEvents",
      // To its dead-letter queue.
      "sqs:GetQueueAttributes",
      "sqs:GetQueueUrl",
      "sqs:SendMessage",
    ]);
  });

  test("let a build read its source and write its log", () => {
    expect(actionsOf("Builds")).toEqual([
      "logs:CreateLogStream",
      "logs:PutLogEvents",
      "s3:GetBucketAcl",
      "s3:GetBucketLocation",
      "s3:GetObject",
      "s3:GetObjectVersion",
    ]);
  });

  test("let no function scan a table or delete it", () => {
    const rows = all.flatMap(({ Action }) => Action).filter((action) => action.startsWith("dynamodb:"));
    const known = ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"];
    const stream = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"];
    const expected = new Set([...known, ...stream].map((action) => `dynamodb:${action}`));
    expect(rows.filter((action) => !expected.has(action))).toEqual([]);
  });
});
