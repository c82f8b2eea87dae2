import { expect, test } from "@jest/globals";
import { Match, Template } from "aws-cdk-lib/assertions";
import { AwsSolutionsChecks } from "cdk-nag";
import * as z from "zod";
import { synthesized, template } from "./synthesized.ts";

const privately = Template.fromStack(synthesized({ privateNames: "true" }));
const environmentOf = (made: Template, name: string) =>
  Object.values(made.findResources("AWS::Lambda::Function"))
    .map(({ Properties }) => Properties.Environment.Variables)
    .find(({ POWERTOOLS_SERVICE_NAME: each }) => each === name);
const idOf = (made: Template, type: string, properties: object): string => {
  const [id, ...others] = Object.keys(made.findResources(type, { Properties: Match.objectLike(properties) }));
  if (id === undefined || others.length > 0) throw new Error(`There are ${others.length} more than one ${type}.`);
  return id;
};
const groupOf = (description: string): object => ({
  "Fn::GetAtt": [
    idOf(privately, "AWS::EC2::SecurityGroup", { GroupDescription: Match.stringLikeRegexp(description) }),
    "GroupId",
  ],
});

test("an installation has no private names unless they are asked for", () => {
  template.resourceCountIs("AWS::Route53::HostedZone", 0);
  expect(JSON.stringify(template.toJSON())).not.toContain("route53:");
  const none = { PRIVATE_DOMAIN: "", PRIVATE_URL: "", PRIVATE_HOSTED_ZONE_ID: "", PRIVATE_SECURITY_GROUP_ID: "" };
  expect(environmentOf(template, "queue-to-work")).toMatchObject(none);
  expect(environmentOf(template, "api-to-queue")).toMatchObject({ PRIVATE_URL: "" });
  expect(() => synthesized({ privateNames: "yes" })).toThrow("must be true");
});

test("the zone is the installation's own, and seen from its VPC only", () => {
  const [vpc] = Object.keys(privately.findResources("AWS::EC2::VPC"));
  privately.hasResourceProperties("AWS::Route53::HostedZone", {
    Name: "slipway.internal.",
    VPCs: [{ VPCId: { Ref: vpc } }],
  });
  Template.fromStack(synthesized({ privateNames: "true", name: "staging" })).hasResourceProperties(
    "AWS::Route53::HostedZone",
    { Name: "slipway-staging.internal." },
  );
  const vpcId = "vpc-0000000a";
  const inVpc = { privateNames: "true", vpcId, subnetIds: "subnet-0000000a,subnet-0000000b" };
  Template.fromStack(synthesized(inVpc)).hasResourceProperties("AWS::Route53::HostedZone", {
    VPCs: [{ VPCId: vpcId }],
  });
});

test("the load balancers let in tasks on port 80 and nobody else, and tasks let in the load balancers", () => {
  const [balancer, tasks] = [groupOf("internal apps"), groupOf("^The tasks of the apps")];
  const ingress = z
    .array(z.object({ Properties: z.looseObject({ GroupId: z.unknown(), SourceSecurityGroupId: z.unknown() }) }))
    .parse(Object.values(privately.findResources("AWS::EC2::SecurityGroupIngress")))
    .map(({ Properties }) => Properties);
  const intoBalancer = ingress.filter(({ GroupId }) => JSON.stringify(GroupId) === JSON.stringify(balancer));
  expect(intoBalancer).toEqual([
    expect.objectContaining({ SourceSecurityGroupId: tasks, FromPort: 80, ToPort: 80, IpProtocol: "tcp" }),
  ]);
  const inline = privately.findResources("AWS::EC2::SecurityGroup", {
    Properties: Match.objectLike({ GroupDescription: Match.stringLikeRegexp("internal apps") }),
  });
  expect(Object.values(inline).map(({ Properties }) => Properties.SecurityGroupIngress)).toEqual([undefined]);
  expect(ingress).toContainEqual(
    expect.objectContaining({ GroupId: tasks, SourceSecurityGroupId: balancer, FromPort: 0, ToPort: 65535 }),
  );
});

test("functions know the names, with a port only where a laptop says one", () => {
  const zone = { Ref: idOf(privately, "AWS::Route53::HostedZone", {}) };
  const url = { "Fn::Join": ["", ["http://{name}.slipway.internal", { Ref: "PrivatePortSuffix" }]] };
  expect(environmentOf(privately, "queue-to-work")).toMatchObject({
    PRIVATE_DOMAIN: "slipway.internal",
    PRIVATE_URL: url,
    PRIVATE_HOSTED_ZONE_ID: zone,
    PRIVATE_SECURITY_GROUP_ID: groupOf("internal apps"),
  });
  expect(environmentOf(privately, "api-to-queue")).toMatchObject({ PRIVATE_URL: url });
  expect(privately.toJSON().Parameters.PrivatePortSuffix).toMatchObject({ Default: "" });
});

test("the worker changes addresses below the zone's own name, in that zone, and no other record", () => {
  const zone = { Ref: idOf(privately, "AWS::Route53::HostedZone", {}) };
  const arn = { "Fn::Join": ["", ["arn:", { Ref: "AWS::Partition" }, ":route53:::hostedzone/", zone]] };
  const statements = Object.values(privately.findResources("AWS::IAM::ManagedPolicy"))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .filter(({ Action }) => String(Action).includes("route53:"));
  expect(statements).toEqual([
    {
      Action: "route53:ChangeResourceRecordSets",
      Effect: "Allow",
      Resource: arn,
      Condition: {
        "ForAllValues:StringLike": { "route53:ChangeResourceRecordSetsNormalizedRecordNames": ["*.slipway.internal"] },
        "ForAllValues:StringEquals": { "route53:ChangeResourceRecordSetsRecordTypes": ["A"] },
      },
    },
    { Action: "route53:ListResourceRecordSets", Effect: "Allow", Resource: arn },
  ]);
});

test("there is no finding of cdk-nag without an argument", () => {
  const { violations } = new AwsSolutionsChecks().validateScope(synthesized({ privateNames: "true" }).node.root);
  expect(violations.map(({ ruleName, violatingResources }) => [ruleName, violatingResources])).toEqual([]);
});
