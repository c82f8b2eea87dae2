// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how Fn::Sub is written
import { describe, expect, test } from "@jest/globals";
import type { ResourceProvider } from "@slipway/local-aws/kernel/part";
import { IGNORED_TYPES, placeholderProviders } from "@slipway/local-aws/template/placeholders";
import { type Provision, type ProvisionOptions, provision } from "@slipway/local-aws/template/provision";

const ACCOUNT = "111122223333";
const PSEUDO = { account: ACCOUNT, region: "eu-west-1", stackName: "Slipway" };

/** Any resource of `Test::Thing`: `Ref` its physical name, attribute `Arn`. */
const things = (made: string[] = []): ResourceProvider => ({
  type: "Test::Thing",
  ensure: ({ logicalId, physicalName }) => {
    made.push(logicalId);
    return { ref: physicalName, attributes: { Arn: `arn:${logicalId}`, "End.Point": "p" } };
  },
});

function run(template: unknown, more: Partial<ProvisionOptions> = {}): Promise<Provision> {
  return provision({
    template,
    parameters: {},
    providers: [things(), ...placeholderProviders(PSEUDO)],
    ignoredTypes: IGNORED_TYPES,
    pseudo: PSEUDO,
    rewrite: (value) => value,
    ...more,
  });
}

const thing = (Properties: unknown = {}, more: object = {}) => ({ Type: "Test::Thing", Properties, ...more });

/** What a property comes out as, in a template with a `Queue`, a list parameter and a few conditions and mappings. */
async function value(Value: unknown): Promise<unknown> {
  const { resources } = await run({
    Parameters: {
      Name: { Type: "String", Default: "app" },
      Count: { Type: "Number", Default: 3 },
      List: { Type: "CommaDelimitedList", Default: "a, b,c" },
      BootstrapVersion: { Type: "AWS::SSM::Parameter::Value<String>", Default: "/cdk-bootstrap/version" },
    },
    Rules: { CheckBootstrapVersion: { Assertions: [] } },
    Mappings: { Sizes: { "eu-west-1": { small: "256" } } },
    Conditions: {
      Yes: { "Fn::Equals": [{ Ref: "Name" }, "app"] },
      No: { "Fn::Not": [{ Condition: "Yes" }] },
      Either: { "Fn::Or": [{ Condition: "No" }, { "Fn::And": [{ Condition: "Yes" }, { "Fn::Equals": ["1", "1"] }] }] },
    },
    Resources: { Subject: thing({ Value }), Queue: thing() },
  });
  return resources.get("Subject")?.properties.Value;
}

describe("intrinsic functions", () => {
  test.each<[string, unknown, unknown]>([
    ["a reference to a resource", { Ref: "Queue" }, "Slipway-Queue"],
    ["a reference to a parameter", { Ref: "Count" }, "3"],
    ["a reference to a list", { Ref: "List" }, ["a", "b", "c"]],
    [
      "pseudo parameters",
      [
        { Ref: "AWS::Region" },
        { Ref: "AWS::AccountId" },
        { Ref: "AWS::Partition" },
        { Ref: "AWS::URLSuffix" },
        { Ref: "AWS::StackName" },
      ],
      ["eu-west-1", ACCOUNT, "aws", "amazonaws.com", "Slipway"],
    ],
    [
      "no value in an object and a list",
      { a: { Ref: "AWS::NoValue" }, b: [1, { Ref: "AWS::NoValue" }, 2] },
      { b: [1, 2] },
    ],
    ["an attribute", { "Fn::GetAtt": ["Queue", "Arn"] }, "arn:Queue"],
    ["a dotted attribute", { "Fn::GetAtt": "Queue.End.Point" }, "p"],
    ["Join", { "Fn::Join": ["-", ["a", 1, { "Fn::Join": ["", ["b", { Ref: "Queue" }]] }]] }, "a-1-bSlipway-Queue"],
    ["Join of a list that is referred to", { "Fn::Join": ["+", { Ref: "List" }] }, "a+b+c"],
    [
      "Sub",
      { "Fn::Sub": "${AWS::Region}/${Queue}/${Queue.End.Point}/${!Name}/${Name}" },
      "eu-west-1/Slipway-Queue/p/${Name}/app",
    ],
    [
      "Sub with names of its own",
      { "Fn::Sub": ["${x}-${Name}", { x: { Ref: "Queue" }, Name: "own" }] },
      "Slipway-Queue-own",
    ],
    ["Select and Split", { "Fn::Select": ["1", { "Fn::Split": ["/", "a/b/c"] }] }, "b"],
    ["GetAZs", { "Fn::Select": [0, { "Fn::GetAZs": "" }] }, "eu-west-1a"],
    ["GetAZs of a region", { "Fn::GetAZs": { Ref: "AWS::Region" } }, ["eu-west-1a", "eu-west-1b", "eu-west-1c"]],
    ["FindInMap", { "Fn::FindInMap": ["Sizes", { Ref: "AWS::Region" }, "small"] }, "256"],
    ["Base64", { "Fn::Base64": "hé" }, "aMOp"],
    ["Cidr", { "Fn::Cidr": ["10.0.254.0/23", 2, "8"] }, ["10.0.254.0/24", "10.0.255.0/24"]],
    ["If", { "Fn::If": ["Yes", { Ref: "Queue" }, "no"] }, "Slipway-Queue"],
    ["If not, of nothing that is there", { "Fn::If": ["No", { Ref: "Absent" }, "no"] }, "no"],
    ["And, Or, Not", { "Fn::If": ["Either", 1, 2] }, 1],
    [
      "the Condition block of a policy is none",
      { Condition: { Bool: { a: "b" } } },
      { Condition: { Bool: { a: "b" } } },
    ],
  ])("%s", async (_name, written, expected) => {
    expect(await value(written)).toEqual(expected);
  });

  test.each<[string, unknown, string]>([
    [
      "an unknown function",
      { a: [{ "Fn::ImportValue": "x" }] },
      "Resources.Subject.Properties.Value.a[0].Fn::ImportValue: Fn::ImportValue is not known",
    ],
    ["a name that is not there", { Ref: "Nobody" }, "Resources.Subject.Properties.Value.Ref: there is no Nobody"],
    [
      "an attribute that is not there",
      { "Fn::GetAtt": ["Queue", "Url"] },
      "Value.Fn::GetAtt: Queue has no attribute Url",
    ],
    [
      "an object where a string is needed",
      { "Fn::Join": ["", [{ a: 1 }]] },
      'Value.Fn::Join: a string is needed, not {"a":1}',
    ],
    ["a condition that is not there", { "Fn::If": ["Maybe", 1, 2] }, "there is no condition Maybe"],
    ["a function beside something else", { "Fn::Sub": "x", y: 1 }, "Value: Fn::Sub must stand alone"],
    ["a network without room", { "Fn::Cidr": ["10.0.0.0/24", 2, 8] }, "Value.Fn::Cidr: 10.0.0.0/24 has no room"],
    ["an item that is not there", { "Fn::Select": [7, ["a"]] }, "there is no item 7"],
  ])("%s is named with its place", async (_name, written, message) => {
    await expect(value(written)).rejects.toThrow(message);
  });
});

describe("parameters", () => {
  const template = {
    Parameters: { Mode: { Type: "String", Default: "a", AllowedValues: ["a", "b"] }, Needed: { Type: "String" } },
    Resources: { X: thing({ Mode: { Ref: "Mode" } }) },
  };

  test("a given value counts instead of the default", async () => {
    const { resources } = await run(template, { parameters: { Mode: "b", Needed: "x" } });
    expect(resources.get("X")?.properties).toEqual({ Mode: "b" });
  });

  test.each([
    [{ Needed: "x", Mode: "c" }, 'Parameters.Mode: "c" is not one of a, b'],
    [{}, "Parameters.Needed: it has no default"],
    [{ Needed: "x", Other: "y" }, "Parameters.Other: there is no such parameter"],
  ])("%j is refused", async (parameters, message) => {
    await expect(run(template, { parameters })).rejects.toThrow(message);
  });
});

describe("the order", () => {
  test("follows Ref, GetAtt, Sub and DependsOn", async () => {
    const made: string[] = [];
    const Resources = {
      A: thing({ x: { "Fn::Sub": "${B.Arn}" } }),
      B: thing({}, { DependsOn: ["C"] }),
      C: thing({ x: [{ "Fn::GetAtt": ["D", "Arn"] }] }, { DependsOn: "E" }),
      D: thing({ "Fn::If": ["Never", { Ref: "E" }, { y: { Ref: "F" } }] }),
      E: thing(),
      F: thing(),
    };
    const { resources } = await run(
      { Resources, Conditions: { Never: { "Fn::Equals": [1, 2] } } },
      { providers: [things(made)] },
    );
    expect(made).toEqual(["E", "F", "D", "C", "B", "A"]);
    expect([...resources.keys()]).toEqual(made);
  });

  test("a cycle is listed", async () => {
    const Resources = {
      A: thing({ x: { Ref: "B" } }),
      B: thing({ x: { Ref: "C" } }),
      C: thing({ x: { "Fn::Sub": "${B}" } }),
    };
    await expect(run({ Resources })).rejects.toThrow("B → C → B");
  });
});

describe("resources", () => {
  test("one whose condition does not hold is not made, and nothing can refer to it", async () => {
    const Conditions = { Never: { "Fn::Equals": ["a", "b"] } };
    const Off = thing({}, { Condition: "Never" });
    const { resources } = await run({ Conditions, Resources: { Off, On: thing({}, { DependsOn: ["Off"] }) } });
    expect([...resources.keys()]).toEqual(["On"]);
    await expect(run({ Conditions, Resources: { Off, On: thing({ x: { Ref: "Off" } }) } })).rejects.toThrow(
      "there is no Off",
    );
  });

  test("a type that nobody makes is named, an ignored one is not asked for", async () => {
    await expect(run({ Resources: { X: { Type: "AWS::EKS::Cluster" } } })).rejects.toThrow(
      "Resources.X: the local mode cannot make an AWS::EKS::Cluster",
    );
    const { resources } = await run({
      Resources: { X: { Type: "AWS::CDK::Metadata", Properties: { Analytics: "v2" } } },
    });
    expect(resources.get("X")).toMatchObject({ ref: "Slipway-X", attributes: {} });
  });

  test("what a provider objects to is reported with the resource", async () => {
    const broken: ResourceProvider = { type: "Test::Thing", ensure: () => Promise.reject(new Error("no room")) };
    await expect(run({ Resources: { X: thing() } }, { providers: [broken] })).rejects.toThrow(
      "Resources.X: could not make this Test::Thing: no room",
    );
  });

  test("the first provider of a type counts", async () => {
    const own: ResourceProvider = { type: "AWS::EC2::VPC", ensure: () => ({ ref: "mine" }) };
    const { resources } = await run(
      { Resources: { V: { Type: "AWS::EC2::VPC" } } },
      { providers: [own, ...placeholderProviders(PSEUDO)] },
    );
    expect(resources.get("V")?.ref).toBe("mine");
  });

  test("physical names are stable, at most 64 characters, and differ", async () => {
    const long = "VeryLongLogicalIdOfSomethingThatSitsDeepInTheTreeOfConstructs";
    const names = async () =>
      [
        ...(await run({ Resources: { [`${long}A`]: thing(), [`${long}B`]: thing(), C: thing() } })).resources.values(),
      ].map(({ ref }) => ref);
    const first = await names();
    expect(await names()).toEqual(first);
    expect(first.map(({ length }) => length)).toEqual([64, 64, 9]);
    expect(new Set(first).size).toBe(3);
  });

  test("networks and the like get plausible ids", async () => {
    const { resources } = await run({
      Resources: {
        Vpc: { Type: "AWS::EC2::VPC", Properties: { CidrBlock: "10.0.0.0/16" } },
        Net: {
          Type: "AWS::EC2::Subnet",
          Properties: { VpcId: { Ref: "Vpc" }, AvailabilityZone: { "Fn::Select": [1, { "Fn::GetAZs": "" }] } },
        },
        Default: thing({ group: { "Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"] } }),
        Logs: { Type: "AWS::Logs::LogGroup", Properties: { LogGroupName: "/slipway/apps" } },
        Topic: { Type: "AWS::SNS::Topic" },
      },
    });
    const vpc = resources.get("Vpc");
    expect(vpc?.ref).toMatch(/^vpc-[0-9a-f]{17}$/);
    expect(resources.get("Net")?.attributes).toMatchObject({ VpcId: vpc?.ref, AvailabilityZone: "eu-west-1b" });
    expect(resources.get("Default")?.properties.group).toMatch(/^sg-[0-9a-f]{17}$/);
    expect(resources.get("Logs")).toMatchObject({
      ref: "/slipway/apps",
      attributes: { Arn: `arn:aws:logs:eu-west-1:${ACCOUNT}:log-group:/slipway/apps:*` },
    });
    expect(resources.get("Topic")?.ref).toBe(`arn:aws:sns:eu-west-1:${ACCOUNT}:Slipway-Topic`);
  });
});

test("addresses are rewritten once they are whole, in properties and outputs", async () => {
  const url = (...tail: string[]) => ({
    "Fn::Join": ["", ["wss://abc.execute-api.", { Ref: "AWS::Region" }, ".", { Ref: "AWS::URLSuffix" }, ...tail]],
  });
  const seen: string[] = [];
  const rewrite = (text: string) => {
    seen.push(text);
    return text.replace("wss://abc.execute-api.eu-west-1.amazonaws.com/prod", "ws://localhost:8080");
  };
  const template = {
    Resources: { X: thing({ env: [{ "Fn::Sub": ["${base}/prod", { base: url() }] }] }) },
    Outputs: { Url: { Value: url("/prod/") }, Off: { Value: "x", Condition: "Never" } },
    Conditions: { Never: { "Fn::Equals": ["a", "b"] } },
  };
  const { outputs, resources } = await run(template, { rewrite });
  expect(resources.get("X")?.properties.env).toEqual(["ws://localhost:8080"]);
  expect(outputs).toEqual({ Url: "ws://localhost:8080/" });
  expect(seen).toHaveLength(2);
});

test("conditions in a circle are an error", async () => {
  const Conditions = { A: { "Fn::Not": [{ Condition: "B" }] }, B: { Condition: "A" } };
  await expect(run({ Conditions, Resources: { X: thing({}, { Condition: "A" }) } })).rejects.toThrow(
    "Conditions.A: it depends on itself",
  );
});
