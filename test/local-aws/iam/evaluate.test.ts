import { describe, expect, test } from "@jest/globals";
import { evaluate } from "@slipway/local-aws/services/iam/evaluate";
import { parsePolicy } from "@slipway/local-aws/services/iam/policy";
import fc from "fast-check";

const QUEUE = "arn:aws:sqs:eu-west-1:111122223333:work";

function verdict(
  statements: unknown,
  action: string,
  resource: string,
  facts: Readonly<Record<string, readonly string[]>> = {},
): string {
  const known = new Map(Object.entries(facts).map(([key, values]) => [key.toLowerCase(), values]));
  return evaluate(parsePolicy({ Statement: statements }, "test"), { action, resource }, known).verdict;
}

const allow = (more: object) => ({ Effect: "Allow", Action: "sqs:SendMessage", Resource: QUEUE, ...more });
const deny = (more: object) => ({ ...allow(more), Effect: "Deny" });

describe("actions and resources", () => {
  test.each([
    ["the action itself", allow({}), "allowed"],
    ["another action", allow({ Action: "sqs:ReceiveMessage" }), "implicitDeny"],
    ["another resource", allow({ Resource: `${QUEUE}2` }), "implicitDeny"],
    ["an action in other letters", allow({ Action: "SQS:sendmessage" }), "allowed"],
    ["a resource in other letters", allow({ Resource: QUEUE.toUpperCase() }), "implicitDeny"],
    ["a wildcard", allow({ Action: ["s3:*", "sqs:Send*"], Resource: "arn:aws:sqs:*:*:wor?" }), "allowed"],
    ["NotAction of another", { Effect: "Allow", NotAction: "s3:*", Resource: "*" }, "allowed"],
    ["NotAction of it", { Effect: "Allow", NotAction: "sqs:*", Resource: "*" }, "implicitDeny"],
    ["NotResource of it", { Effect: "Allow", Action: "*", NotResource: [QUEUE] }, "implicitDeny"],
    ["NotResource of another", { Effect: "Allow", Action: "*", NotResource: ["arn:aws:s3:::*"] }, "allowed"],
    ["no statement", [], "implicitDeny"],
  ])("%s", (_name, statements, expected) => {
    expect(verdict(statements, "sqs:SendMessage", QUEUE)).toBe(expected);
  });

  test("Deny wins wherever it stands", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }), (denials) => {
        const statements = denials.map((denies) => (denies ? deny({}) : allow({})));
        const expected = denials.includes(true) ? "explicitDeny" : "allowed";
        return verdict(statements, "sqs:SendMessage", QUEUE) === expected;
      }),
    );
  });

  test("an action without resource-level permissions needs a grant on everything", () => {
    const statement = { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "arn:aws:ecr:*" };
    expect(verdict(statement, "ecr:GetAuthorizationToken", "*")).toBe("implicitDeny");
    expect(verdict({ ...statement, Resource: "*" }, "ecr:GetAuthorizationToken", "*")).toBe("allowed");
  });
});

describe("conditions", () => {
  const TASKS = { "iam:PassedToService": ["ecs-tasks.amazonaws.com"] };
  test.each([
    ["StringEquals fits", { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } }, TASKS, true],
    [
      "StringEquals one of several",
      { StringEquals: { "iam:passedtoservice": ["x", "ecs-tasks.amazonaws.com"] } },
      TASKS,
      true,
    ],
    ["StringEquals another", { StringEquals: { "iam:PassedToService": "lambda.amazonaws.com" } }, TASKS, false],
    ["StringEquals of an absent key", { StringEquals: { "iam:PassedToService": "x" } }, {}, false],
    ["StringEqualsIfExists of an absent key", { StringEqualsIfExists: { "iam:PassedToService": "x" } }, {}, true],
    ["StringEqualsIfExists of another value", { StringEqualsIfExists: { "iam:PassedToService": "x" } }, TASKS, false],
    ["StringNotEquals of an absent key", { StringNotEquals: { "iam:PassedToService": "x" } }, {}, true],
    ["StringNotEquals of the value", { StringNotEquals: { k: ["a", "b"] } }, { k: ["b"] }, false],
    ["StringLike", { StringLike: { "iam:PassedToService": "ecs-*" } }, TASKS, true],
    [
      "ArnLike",
      { ArnLike: { "aws:SourceArn": "arn:aws:events:*:1:rule/*" } },
      { "aws:SourceArn": ["arn:aws:events:x:1:rule/y"] },
      true,
    ],
    [
      "ArnEquals",
      { ArnEquals: { "aws:SourceArn": "arn:aws:events:x:1:rule/z" } },
      { "aws:SourceArn": ["arn:aws:events:x:1:rule/y"] },
      false,
    ],
    ["Bool", { Bool: { "aws:SecureTransport": false } }, { "aws:SecureTransport": ["true"] }, false],
    ["Null true", { Null: { "aws:SourceArn": "true" } }, {}, true],
    ["Null false", { Null: { "aws:SourceArn": "false" } }, {}, false],
    ["ForAnyValue", { "ForAnyValue:StringEquals": { k: "a" } }, { k: ["b", "a"] }, true],
    ["ForAnyValue of an absent key", { "ForAnyValue:StringEquals": { k: "a" } }, {}, false],
    ["ForAllValues", { "ForAllValues:StringLike": { k: ["a*", "b"] } }, { k: ["b", "ab"] }, true],
    ["ForAllValues with one too many", { "ForAllValues:StringLike": { k: ["a*"] } }, { k: ["b", "ab"] }, false],
    ["ForAllValues of an absent key", { "ForAllValues:StringEquals": { k: "a" } }, {}, true],
    ["all of several", { StringEquals: { k: "a" }, StringLike: { l: "z*" } }, { k: ["a"], l: ["y"] }, false],
  ])("%s", (_name, Condition, facts, holds) => {
    expect(verdict(allow({ Condition }), "sqs:SendMessage", QUEUE, facts)).toBe(holds ? "allowed" : "implicitDeny");
  });

  test("an operator that is not known is named", () => {
    const Statement = allow({ Condition: { DateGreaterThan: { "aws:CurrentTime": "2020-01-01T00:00:00Z" } } });
    expect(() => parsePolicy({ Statement }, "Work (AWS::IAM::Policy)")).toThrow(
      /^Work \(AWS::IAM::Policy\): .*DateGreaterThan/,
    );
  });
});

test("what is no policy is refused with its place", () => {
  expect(() => parsePolicy({ Statement: { Effect: "Maybe" } }, "Role.Policies")).toThrow(
    /^Role\.Policies: not a policy/,
  );
});
