import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { systemClock } from "@slipway/local-aws/kernel/clock";
import type { Caller } from "@slipway/local-aws/kernel/service";
import { createIam, type Iam } from "@slipway/local-aws/services/iam/iam";

const ACCOUNT = "111122223333";
const ROLE = `arn:aws:iam::${ACCOUNT}:role/Slipway-Work`;
const QUEUE = `arn:aws:sqs:eu-west-1:${ACCOUNT}:work`;
const TABLE = `arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/deployments`;
const FUNCTION = `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:api`;
const RULE = `arn:aws:events:eu-west-1:${ACCOUNT}:rule/builds`;

let dataDir: string;
let iam: Iam;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "iam-"));
  let seed = 0;
  const randomHex = (n: number) => (++seed).toString(16).padStart(n, "0");
  iam = createIam({ account: ACCOUNT, region: "eu-west-1", dataDir, randomHex, clock: systemClock });
});
afterEach(() => rmSync(dataDir, { recursive: true }));

async function ensure(type: string, properties: Record<string, unknown>, logicalId = "Thing") {
  const provider = iam.providers.find((one) => one.type === type);
  if (provider === undefined) throw new Error(`no provider of ${type}`);
  return await provider.ensure({ logicalId, type, physicalName: `Slipway-${logicalId}`, properties });
}

const trusts = (service: string, Condition?: unknown) => ({
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: service }, ...(Condition ? { Condition } : {}) },
  ],
});
const policy = (...statements: unknown[]) => ({ Version: "2012-10-17", Statement: statements });
const allow = (Action: unknown, Resource: unknown, more: object = {}) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...more,
});

const makeRole = (more: Record<string, unknown> = {}) =>
  ensure("AWS::IAM::Role", { AssumeRolePolicyDocument: trusts("lambda.amazonaws.com"), ...more }, "Work");
const attach = (document: unknown, logicalId = "WorkPolicy") =>
  ensure("AWS::IAM::Policy", { PolicyName: logicalId, PolicyDocument: document, Roles: ["Slipway-Work"] }, logicalId);

const work: Caller = { name: "queue-to-work", roleArn: ROLE };
const send = { action: "sqs:SendMessage", resource: QUEUE };

describe("roles", () => {
  test("a role is referred to by its name and has an ARN", async () => {
    expect(await makeRole()).toMatchObject({
      ref: "Slipway-Work",
      attributes: { Arn: ROLE, RoleId: expect.stringMatching(/^AROA\w{17}$/) },
    });
  });

  test("a refusal is worded as AWS words it", async () => {
    await makeRole();
    expect(iam.authorize([send], work)).toBe(
      `User: arn:aws:sts::${ACCOUNT}:assumed-role/Slipway-Work/queue-to-work is not authorized to perform: sqs:SendMessage on resource: ${QUEUE} because no identity-based policy allows the sqs:SendMessage action`,
    );
  });

  test("a policy that is attached later counts from then on, and all permissions of a call are needed", async () => {
    await makeRole();
    await attach(policy(allow("sqs:SendMessage", QUEUE)));
    expect(iam.authorize([send], work)).toBeUndefined();
    expect(iam.authorize([send, { action: "dynamodb:PutItem", resource: TABLE }], work)).toMatch(/dynamodb:PutItem/);
  });

  test("what was allowed is judged anew when a policy comes or changes", async () => {
    await makeRole();
    await attach(policy(allow("sqs:SendMessage", QUEUE)));
    expect(iam.authorize([send], work)).toBeUndefined();
    await attach(policy({ ...allow("sqs:SendMessage", QUEUE), Effect: "Deny" }), "Denial");
    expect(iam.authorize([send], work)).toMatch(/explicit deny/);
    await attach(policy(allow("sqs:SendMessage", "arn:aws:sqs:*:*:other")), "Denial");
    expect(iam.authorize([send], work)).toBeUndefined();
    await attach(policy(allow("sqs:SendMessage", "arn:aws:sqs:*:*:other")));
    expect(iam.authorize([send], work)).toMatch(/no identity-based policy/);
  });

  test("what one caller may, another with another role may not", async () => {
    await makeRole();
    await attach(policy(allow("sqs:SendMessage", QUEUE)));
    expect(iam.authorize([send], work)).toBeUndefined();
    expect(iam.authorize([send], { name: "queue-to-work", roleArn: `${ROLE}-Other` })).toMatch(/not authorized/);
    expect(iam.authorize([send], { name: "x", roleArn: null, servicePrincipal: "events.amazonaws.com" })).toMatch(
      /not authorized/,
    );
  });

  test("an explicit deny is called one", async () => {
    await makeRole({
      Policies: [
        {
          PolicyName: "inline",
          PolicyDocument: policy(allow("sqs:*", "*"), { ...allow("sqs:SendMessage", QUEUE), Effect: "Deny" }),
        },
      ],
    });
    expect(iam.authorize([send], work)).toMatch(/ with an explicit deny in an identity-based policy$/);
  });

  test("managed policies count: AWS's own, and the template's by either way of attaching", async () => {
    const made = await ensure(
      "AWS::IAM::ManagedPolicy",
      { PolicyDocument: policy(allow("sqs:SendMessage", QUEUE)) },
      "Shared",
    );
    await makeRole({
      ManagedPolicyArns: [made.ref, "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"],
    });
    expect(
      iam.authorize([send, { action: "logs:PutLogEvents", resource: "arn:aws:logs:x:1:log-group:y" }], work),
    ).toBeUndefined();
    await ensure(
      "AWS::IAM::ManagedPolicy",
      { PolicyDocument: policy(allow("s3:GetObject", "*")), Roles: ["Slipway-Work"] },
      "Other",
    );
    expect(iam.authorize([{ action: "s3:GetObject", resource: "arn:aws:s3:::b/k" }], work)).toBeUndefined();
  });

  test("a managed policy that is not known is named", async () => {
    const arn = "arn:aws:iam::aws:policy/AdministratorAccess";
    await expect(async () => makeRole({ ManagedPolicyArns: [arn] })).rejects.toThrow(
      `the managed policy ${arn} is not known`,
    );
  });

  test("passing a role depends on whom it is passed to", async () => {
    await makeRole();
    const Condition = { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } };
    await attach(policy(allow("iam:PassRole", ROLE, { Condition })));
    const pass = (service: string) => [
      { action: "iam:PassRole", resource: ROLE, context: { "iam:PassedToService": service } },
    ];
    expect(iam.authorize(pass("ecs-tasks.amazonaws.com"), work)).toBeUndefined();
    expect(iam.authorize(pass("lambda.amazonaws.com"), work)).toMatch(/iam:PassRole/);
  });

  test("a role is assumed only by whom it trusts", async () => {
    await makeRole({
      AssumeRolePolicyDocument: trusts("scheduler.amazonaws.com", { StringEquals: { "aws:SourceAccount": ACCOUNT } }),
    });
    expect(iam.mayAssume(ROLE, "scheduler.amazonaws.com")).toBe(true);
    expect(iam.mayAssume(ROLE, "scheduler.amazonaws.com", { "aws:SourceAccount": "444455556666" })).toBe(false);
    expect(iam.mayAssume(ROLE, "lambda.amazonaws.com")).toBe(false);
    expect(iam.mayAssume(`${ROLE}2`, "scheduler.amazonaws.com")).toBe(false);
  });
});

describe("resource policies", () => {
  const events: Caller = { name: "events.amazonaws.com", roleArn: null, servicePrincipal: "events.amazonaws.com" };
  const from = (arn: string) => ({ ...send, context: { "aws:SourceArn": arn } });

  test("an AWS service may do what the queue lets it, for the rule it names", async () => {
    const Condition = { ArnEquals: { "aws:SourceArn": RULE } };
    const PolicyDocument = policy(
      allow("sqs:SendMessage", QUEUE, { Principal: { Service: "events.amazonaws.com" }, Condition }),
    );
    await ensure("AWS::SQS::QueuePolicy", { Queues: [`http://127.0.0.1:1/${ACCOUNT}/work`], PolicyDocument });
    expect(iam.authorize([from(RULE)], events)).toBeUndefined();
    expect(iam.authorize([from(`${RULE}2`)], events)).toMatch(
      /^User: events\.amazonaws\.com is not .* because no resource-based policy/,
    );
    const other = { name: "x", roleArn: null, servicePrincipal: "sns.amazonaws.com" };
    expect(iam.authorize([from(RULE)], other)).toBeDefined();
  });

  test("a queue's policy says nothing of another queue", async () => {
    const PolicyDocument = policy(allow("sqs:*", "*", { Principal: "*" }));
    await ensure("AWS::SQS::QueuePolicy", { Queues: [`http://127.0.0.1:1/${ACCOUNT}/other`], PolicyDocument });
    expect(iam.authorize([send], events)).toBeDefined();
  });

  test("the demand for TLS does not hit local callers, another Deny for everyone does", async () => {
    await makeRole();
    await attach(policy(allow("s3:*", "*")));
    const tls = {
      ...allow("s3:*", "*", { Principal: { AWS: "*" }, Condition: { Bool: { "aws:SecureTransport": "false" } } }),
      Effect: "Deny",
    };
    const keep = { ...allow("s3:DeleteObject", "arn:aws:s3:::sources/*", { Principal: "*" }), Effect: "Deny" };
    await ensure("AWS::S3::BucketPolicy", { Bucket: "sources", PolicyDocument: policy(tls, keep) });
    expect(iam.authorize([{ action: "s3:GetObject", resource: "arn:aws:s3:::sources/a" }], work)).toBeUndefined();
    expect(iam.authorize([{ action: "s3:DeleteObject", resource: "arn:aws:s3:::sources/a" }], work)).toMatch(
      /resource-based policy$/,
    );
  });

  test("the account's root as principal denies its roles, and allows them nothing by itself", async () => {
    await makeRole();
    const Principal = { AWS: `arn:aws:iam::${ACCOUNT}:root` };
    const deletion = { ...allow("s3:DeleteObject", "*", { Principal }), Effect: "Deny" };
    const PolicyDocument = policy(allow("s3:*", "*", { Principal }), deletion);
    await ensure("AWS::S3::BucketPolicy", { Bucket: "sources", PolicyDocument });
    const on = (action: string) => iam.authorize([{ action, resource: "arn:aws:s3:::sources/a" }], work);
    expect(on("s3:GetObject")).toMatch(/ because no identity-based policy allows/);
    await attach(policy(allow("s3:*", "*")));
    expect(on("s3:GetObject")).toBeUndefined();
    expect(on("s3:DeleteObject")).toMatch(/ with an explicit deny in a resource-based policy$/);
  });

  test("a function is invoked by whom its permission names", async () => {
    const SourceArn = `arn:aws:execute-api:eu-west-1:${ACCOUNT}:api1/*/ANY/api/*`;
    await ensure("AWS::Lambda::Permission", {
      FunctionName: FUNCTION,
      Action: "lambda:InvokeFunction",
      Principal: "apigateway.amazonaws.com",
      SourceArn,
    });
    const gateway = { name: "api", roleArn: null, servicePrincipal: "apigateway.amazonaws.com" };
    const invoke = (arn: string) => [
      { action: "lambda:InvokeFunction", resource: FUNCTION, context: { "aws:SourceArn": arn } },
    ];
    expect(
      iam.authorize(invoke(`arn:aws:execute-api:eu-west-1:${ACCOUNT}:api1/prod/ANY/api/x`), gateway),
    ).toBeUndefined();
    expect(
      iam.authorize(invoke(`arn:aws:execute-api:eu-west-1:${ACCOUNT}:api2/prod/ANY/api/x`), gateway),
    ).toBeDefined();
    expect(iam.authorize(invoke(SourceArn), events)).toBeDefined();
  });

  test("an event bus and the log groups have policies too", async () => {
    const bus = `arn:aws:events:eu-west-1:${ACCOUNT}:event-bus/slipway`;
    await ensure(
      "AWS::Events::EventBusPolicy",
      { EventBusName: "slipway", StatementId: "a", Action: "events:PutEvents", Principal: ACCOUNT },
      "A",
    );
    await ensure(
      "AWS::Events::EventBusPolicy",
      {
        EventBusName: "slipway",
        StatementId: "b",
        Statement: allow("events:PutEvents", bus, { Principal: { AWS: ROLE } }),
      },
      "B",
    );
    expect(iam.authorize([{ action: "events:PutEvents", resource: bus }], work)).toBeUndefined();
    const PolicyDocument = JSON.stringify(
      policy(allow("logs:PutLogEvents", "arn:aws:logs:*", { Principal: { Service: "events.amazonaws.com" } })),
    );
    await ensure("AWS::Logs::ResourcePolicy", { PolicyName: "p", PolicyDocument });
    expect(
      iam.authorize(
        [{ action: "logs:PutLogEvents", resource: `arn:aws:logs:eu-west-1:${ACCOUNT}:log-group:x` }],
        events,
      ),
    ).toBeUndefined();
  });
});

describe("identities", () => {
  test("an access key names its holder", () => {
    const keys = iam.credentialsFor(ROLE, "queue-to-work");
    expect(iam.identify(keys.accessKeyId)).toEqual(work);
    expect(iam.credentialsFor(ROLE, "queue-to-work")).toEqual(keys);
    expect(iam.credentialsFor(ROLE, "other").accessKeyId).not.toBe(keys.accessKeyId);
    expect(iam.identify(iam.serviceCredentials("events.amazonaws.com").accessKeyId)).toMatchObject({
      roleArn: null,
      servicePrincipal: "events.amazonaws.com",
    });
    expect(iam.identify("ASIA0")).toBeUndefined();
  });

  test("the local mode itself may do anything, a service by itself nothing", () => {
    const caller = (accessKeyId: string) => iam.identify(accessKeyId) ?? { name: "nobody", roleArn: "none" };
    expect(iam.authorize([send], caller(iam.localCredentials().accessKeyId))).toBeUndefined();
    expect(iam.authorize([send], caller(iam.serviceCredentials("events.amazonaws.com").accessKeyId))).toBeDefined();
  });
});

describe("the report of grants", () => {
  const grants = (...pairs: [string, string][]) =>
    pairs.map(([action, resource]) => ({ role: ROLE, action, resource }));

  test("a grant is unused until a call needed it; a refused call uses nothing", async () => {
    await makeRole({ ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"] });
    await attach(
      policy(allow(["sqs:SendMessage", "sqs:PurgeQueue"], QUEUE), allow("dynamodb:*", [TABLE, `${TABLE}/index/*`])),
    );
    iam.authorize([{ action: "dynamodb:Query", resource: `${TABLE}/index/open` }], work);
    iam.authorize([{ action: "sqs:SendMessage", resource: `${QUEUE}2` }], work);
    expect(iam.unusedGrants()).toEqual(
      grants(["sqs:SendMessage", QUEUE], ["sqs:PurgeQueue", QUEUE], ["dynamodb:*", TABLE]),
    );
    iam.authorize([send], work);
    await iam.close();
    expect(JSON.parse(readFileSync(join(dataDir, "iam-report.json"), "utf8"))).toEqual({
      used: grants(["sqs:SendMessage", QUEUE], ["dynamodb:*", `${TABLE}/index/*`]),
      unused: grants(["sqs:PurgeQueue", QUEUE], ["dynamodb:*", TABLE]),
    });
  });
});
