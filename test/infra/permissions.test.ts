import { describe, expect, test } from "@jest/globals";
import { evaluate } from "@slipway/local-aws/services/iam/evaluate";
import { parsePolicy } from "@slipway/local-aws/services/iam/policy";
import { runTimePrefix } from "../../lib/infra/installation.ts";
import { functions, resources, statements } from "./synthesized.ts";

/** Actions for which IAM knows no resource, each with who may do it. */
const withoutResource: Readonly<Record<string, readonly string[]>> = {
  "application-autoscaling:DescribeScalableTargets": ["queue-to-work"],
  "cloudwatch:GetMetricData": ["api-to-queue"],
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
  "elasticloadbalancing:DescribeTargetGroups": ["Apps", "api-to-queue", "queue-to-work"],
  "elasticloadbalancing:DescribeTargetHealth": ["Apps", "api-to-queue"],
  "logs:DescribeLogGroups": ["queue-to-work"],
  "scheduler:ListSchedules": ["queue-to-work"],
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

  test("pass the two task roles and those of apps to tasks, the infrastructure role to ECS, the crons' to Scheduler, and no other", () => {
    const passing = all.filter(({ Action }) => Action.includes("iam:PassRole"));
    const passed = passing.map(({ role, Condition, Resource }) => [
      holderOf(role),
      JSON.stringify(Condition),
      JSON.stringify(Resource),
    ]);
    const to = (service: string) => JSON.stringify({ StringEquals: { "iam:PassedToService": service } });
    expect(passed.toSorted(([, one = ""], [, other = ""]) => one.localeCompare(other))).toEqual([
      [
        "queue-to-work",
        to("ecs-tasks.amazonaws.com"),
        expect.stringMatching(
          /^\[[^,]*ExecutionRole\w*","Arn"\]\},[^,]*TaskRole\w*","Arn"\]\},.*":role\/slipway\/\*"\]\]\}\]$/,
        ),
      ],
      ["queue-to-work", to("ecs.amazonaws.com"), expect.stringMatching(/^\[[^,]*InfrastructureRole\w*","Arn"\]\}\]$/)],
      ["queue-to-work", to("scheduler.amazonaws.com"), expect.stringMatching(/^\[[^,]*CronsRole\w*","Arn"\]\}\]$/)],
    ]);
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
    const reading = iam.filter(({ Action }) => Action.includes("iam:GetRole"));
    expect(reading.map(({ role, Action }) => [holderOf(role), Action])).toEqual([["api-to-queue", ["iam:GetRole"]]]);
    expect(JSON.stringify(reading)).toContain(":role/slipway/*");
    const others = iam.filter((one) => !one.Action.includes("iam:PassRole") && !reading.includes(one));
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

  describe("of scalable targets, which have no names that IAM knows,", () => {
    const scaling = parsePolicy(
      {
        Statement: all
          .filter(({ Action }) => Action.some((action) => action.startsWith("application-autoscaling:")))
          .map(({ Action, Effect, Condition }) => ({
            Action,
            Effect,
            Resource: "*",
            ...(Condition ? { Condition } : {}),
          })),
      },
      "scaling",
    );
    const service = {
      "application-autoscaling:service-namespace": "ecs",
      "application-autoscaling:scalable-dimension": "ecs:service:DesiredCount",
    };
    const verdict = (name: string, context: Readonly<Record<string, string>>) => {
      const facts = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), [value]]));
      const action = `application-autoscaling:${name}`;
      return evaluate(scaling, { action, resource: "arn:aws:application-autoscaling:::scalable-target/1" }, facts)
        .verdict;
    };
    const as = (key: string, value: string) => ({ [`aws:${key}/slipway:installation`]: value });
    const withTags = ["RegisterScalableTarget", "TagResource"];

    test.each(["DeregisterScalableTarget", "PutScalingPolicy", ...withTags])(
      "%s reaches its own installation's",
      (name) => {
        const asked = { ...(name === "TagResource" ? {} : service), ...as("RequestTag", "slipway") };
        expect(verdict(name, { ...asked, ...as("ResourceTag", "slipway") })).toBe("allowed");
        // AWS says that it is not there, which is more than a refusal says.
        expect(verdict(name, asked)).toBe("allowed");
        expect(verdict(name, { ...asked, ...as("ResourceTag", "slipway-staging") })).toBe("implicitDeny");
      },
    );

    test.each(withTags)("%s tags them with no other installation", (name) => {
      expect(verdict(name, service)).toBe("implicitDeny");
      expect(verdict(name, { ...service, ...as("RequestTag", "slipway-staging") })).toBe("implicitDeny");
    });

    test("nothing but the number of a service's tasks is scaled", () => {
      const other = { ...service, "application-autoscaling:scalable-dimension": "ecs:service:Other" };
      for (const name of ["DeregisterScalableTarget", "PutScalingPolicy", "RegisterScalableTarget"])
        expect(verdict(name, { ...other, ...as("RequestTag", "slipway") })).toBe("implicitDeny");
    });
  });

  test("let no function scan a table or delete it", () => {
    const rows = all.flatMap(({ Action }) => Action).filter((action) => action.startsWith("dynamodb:"));
    const known = ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"];
    const stream = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"];
    const expected = new Set([...known, ...stream].map((action) => `dynamodb:${action}`));
    expect(rows.filter((action) => !expected.has(action))).toEqual([]);
  });
});
