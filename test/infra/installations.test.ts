import { describe, expect, test } from "@jest/globals";
import { Template } from "aws-cdk-lib/assertions";
import { synthesized } from "./synthesized.ts";

/** CDK makes another app of it only where the name differs, so each place resolves the same template for itself. */
const templates = { unnamed: templateOf({}), staging: templateOf({ name: "staging" }) };

interface Place {
  readonly name: keyof typeof templates;
  readonly region: string;
}
const here: Place = { name: "unnamed", region: "eu-west-1" };
const beside: Place = { name: "staging", region: "eu-west-1" };
const elsewhere: Place = { name: "unnamed", region: "us-east-1" };

type Resources = Readonly<Record<string, { readonly Type: string; readonly Properties?: object }>>;

function templateOf(context: Readonly<Record<string, string>>): Resources {
  return Template.fromStack(synthesized(context)).toJSON().Resources;
}

/** Everything as CloudFormation resolves it in a place; what only it knows is named by the place and the resource. */
function resolved(value: unknown, place: Place): unknown {
  if (Array.isArray(value)) return value.map((each) => resolved(each, place));
  if (typeof value !== "object" || value === null) return value;
  const { Ref, "Fn::GetAtt": attribute, "Fn::Join": join, "Fn::Sub": text } = value as Record<string, unknown>;
  const owner = `<${place.name}-${place.region}-`;
  const pseudo: Readonly<Record<string, string>> = {
    "AWS::Region": place.region,
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
  };
  if (typeof Ref === "string") return pseudo[Ref] ?? `${owner}${Ref}>`;
  if (Array.isArray(attribute)) return `${owner}${attribute.join(".")}>`;
  if (Array.isArray(join)) return (resolved(join[1], place) as unknown[]).join(String(join[0]));
  if (typeof text === "string") return text.replace(/\$\{(.*?)\}/g, (_, name) => pseudo[name] ?? `${owner}${name}>`);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolved(inner, place)]));
}

/** Types whose names are the account's, whatever the region. */
const isGlobal = (type: string): boolean => /^AWS::(CloudFront|IAM|Route53)::|^AWS::CloudWatch::Dashboard$/.test(type);

/** Names that are ids within another resource, or that AWS lets several have. */
const notUnique: Readonly<Record<string, readonly string[]>> = {
  "AWS::CloudWatch::Alarm": ["MetricName"],
  "AWS::IAM::Policy": ["PolicyName"],
  "AWS::ApiGateway::Authorizer": ["Name"],
  "AWS::ApiGatewayV2::Authorizer": ["Name"],
  "AWS::ApiGateway::Stage": ["StageName"],
  "AWS::ApiGatewayV2::Stage": ["StageName"],
};

/** The fixed names of a place, each with its type and, unless it is the account's, its region. */
function namesIn(place: Place): string[] {
  return Object.values(templates[place.name]).flatMap(({ Type, Properties = {} }) => {
    const own = resolved(Properties, place) as Record<string, unknown>;
    const config = Object.values(own).filter((each) => typeof each === "object" && each !== null && "Name" in each);
    const named = [own, ...config].flatMap((each) =>
      Object.entries(each as object).filter(([key]) => /Name$/.test(key) && !notUnique[Type]?.includes(key)),
    );
    // What refers to another resource of the template has the name of that one.
    const fixed = named.flatMap(([, name]) => (typeof name === "string" && !name.includes("<") ? [name] : []));
    return fixed.map((name) => `${Type} ${isGlobal(Type) ? "" : `${place.region} `}${name}`);
  });
}

/** Metrics are no resources: their namespace is what tells two installations apart. */
const namespacesIn = (place: Place): string[] =>
  [...JSON.stringify(resolved(templates[place.name], place)).matchAll(/"POWERTOOLS_METRICS_NAMESPACE":"(.*?)"/g)].map(
    ([, namespace]) => `${place.region} ${namespace}`,
  );

const everywhere: Readonly<Record<string, string>> = {
  "*": "IAM knows no resource for these actions; test/infra/permissions.test.ts lists them",
  "arn:aws:ecr:eu-west-1:123456789012:repository/*": "to list them, for which IAM asks for all",
  "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:*": "to list them, for which IAM asks for all",
  "arn:aws:logs:eu-west-1:123456789012:log-group:*": "to list them, for which IAM asks for all",
  "arn:aws:ses:eu-west-1:123456789012:identity/*": "a condition names the one sender",
  "arn:aws:application-autoscaling:eu-west-1:123456789012:scalable-target/*":
    "the ids are AWS's own; conditions name the installation's tag, which test/infra/permissions.test.ts evaluates",
  "arn:aws:iam::123456789012:role/slipway/*":
    "roles that people make for their apps are the account's, for each region; -c rolePath= gives an installation others",
  "arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS": "AWS's own, one an account",
  "arn:aws:iam::123456789012:role/aws-service-role/elasticloadbalancing.amazonaws.com/AWSServiceRoleForElasticLoadBalancing":
    "AWS's own, one an account",
};

/** What the roles of a place may reach, as ARNs with wildcards. */
function reachIn(place: Place): string[] {
  const policies = Object.values(templates[place.name]).filter(({ Type }) => Type === "AWS::IAM::Policy");
  const statements = policies.flatMap(({ Properties }) => {
    const { PolicyDocument } = resolved(Properties, place) as {
      PolicyDocument: { Statement: { Resource: string | string[] }[] };
    };
    return PolicyDocument.Statement;
  });
  const arns = statements.flatMap(({ Resource }) => Resource);
  return [...new Set(arns)].filter((arn) => !(arn in everywhere));
}

/** Whether some text matches both of two patterns in which `*` stands for anything. */
function overlap(one: string, other: string): boolean {
  if (one === "" || other === "") return /^\**$/.test(one + other);
  if (one.startsWith("*")) return overlap(one.slice(1), other) || overlap(one, other.slice(1));
  if (other.startsWith("*")) return overlap(other, one);
  return one[0] === other[0] && overlap(one.slice(1), other.slice(1));
}

describe.each([
  ["a second installation in the same region", here, beside],
  ["the same installation in a second region", here, elsewhere],
])("%s", (_, one, other) => {
  test("has no name in common with the first", () => {
    const names = [...namesIn(one), ...namespacesIn(one)];
    expect(names.length).toBeGreaterThan(25);
    const others = new Set([...namesIn(other), ...namespacesIn(other)]);
    expect(names.filter((name) => others.has(name))).toEqual([]);
  });

  test("may reach nothing that the first may reach", () => {
    const both = reachIn(one).flatMap((mine) =>
      reachIn(other).flatMap((theirs) => (overlap(mine, theirs) ? [[mine, theirs]] : [])),
    );
    // The bucket of assets is CDK's, one a region; objects are named by their hash.
    expect(both.filter(([mine]) => !mine?.includes(":s3:::cdk-"))).toEqual([]);
  });
});

test("two patterns overlap where one text matches both", () => {
  expect(overlap("a/slipway-*", "a/slipway-staging-*")).toBe(true);
  expect(overlap("a/slipway-1-*", "a/slipway-2-*")).toBe(false);
  expect(overlap("a/*/b", "a/c/*")).toBe(true);
  expect(overlap("a/*/b", "a/c/d")).toBe(false);
});
