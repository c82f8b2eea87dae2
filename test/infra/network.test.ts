import { describe, expect, test } from "@jest/globals";
import { Match, Template } from "aws-cdk-lib/assertions";
import { resources, synthesized, template } from "./synthesized.ts";

test("visitors reach the ports on which apps have their listeners, and no other", () => {
  const open = Object.values(resources("AWS::EC2::SecurityGroup")).flatMap(
    ({ Properties }) => Properties.SecurityGroupIngress ?? [],
  );
  expect(open).toEqual([expect.objectContaining({ CidrIp: "0.0.0.0/0", FromPort: 8001, ToPort: 8500 })]);
});

test("with a domain visitors reach HTTPS and what redirects to it, too", () => {
  const withDomain = Template.fromStack(synthesized({ domain: "apps.example.com", hostedZoneId: "Z1" }));
  withDomain.hasResourceProperties("AWS::EC2::SecurityGroup", {
    SecurityGroupIngress: [8001, 443, 80].map((FromPort) => Match.objectLike({ CidrIp: "0.0.0.0/0", FromPort })),
  });
});

describe("in a VPC that is there", () => {
  const vpcId = "vpc-0000000a";
  const subnetIds = "subnet-0000000a,subnet-0000000b";
  const inVpc = (more: Readonly<Record<string, string>> = {}) =>
    Template.fromStack(synthesized({ vpcId, subnetIds, domain: "apps.example.com", hostedZoneId: "Z1", ...more }));
  const kindsIn = (made: Template): string[] => {
    const all: Readonly<Record<string, { readonly Type: string }>> = made.toJSON().Resources;
    return Object.values(all).map(({ Type }) => Type);
  };
  const workerOf = (made: Template) =>
    Object.values(made.findResources("AWS::Lambda::Function"))
      .map(({ Properties }) => Properties.Environment.Variables)
      .find(({ POWERTOOLS_SERVICE_NAME: name }) => name === "queue-to-work");

  test("the installation makes no network, and is in the subnets that are named", () => {
    const made = inVpc();
    const kinds = kindsIn(made);
    expect(kinds.filter((kind) => kind.startsWith("AWS::EC2::") && !kind.includes("SecurityGroup"))).toEqual([]);
    // The local mode runs it as it runs any other.
    const usual = Template.fromStack(synthesized({ domain: "apps.example.com", hostedZoneId: "Z1" }));
    const known = new Set(kindsIn(usual));
    expect(kinds.filter((kind) => !known.has(kind))).toEqual([]);
    made.hasResourceProperties("AWS::ElasticLoadBalancingV2::LoadBalancer", { Subnets: subnetIds.split(",") });
    made.allResourcesProperties("AWS::EC2::SecurityGroup", { VpcId: vpcId });
    expect(workerOf(made)).toMatchObject({
      VPC_ID: vpcId,
      SUBNET_IDS: subnetIds,
      TASK_SUBNET_IDS: subnetIds,
      TASK_PUBLIC_ADDRESS: "assigned",
    });
    // What asks an account leaves its question in the assembly.
    expect(synthesized({ vpcId, subnetIds }).node.root.node.tryGetContext("vpc-provider")).toBeUndefined();
  });

  test("tasks are in private subnets without a public address, and in the operator's security groups, too", () => {
    const privateSubnetIds = "subnet-0000000c,subnet-0000000d";
    const worker = workerOf(inVpc({ privateSubnetIds, securityGroupIds: "sg-0000000e" }));
    expect(worker).toMatchObject({
      SUBNET_IDS: subnetIds,
      TASK_SUBNET_IDS: privateSubnetIds,
      TASK_PUBLIC_ADDRESS: "none",
      TASK_SECURITY_GROUP_IDS: {
        "Fn::Join": ["", [{ "Fn::GetAtt": [expect.any(String), "GroupId"] }, ",sg-0000000e"]],
      },
    });
  });

  test("builds are where they are without it", () => {
    inVpc({ privateSubnetIds: "subnet-0000000c,subnet-0000000d" }).hasResourceProperties("AWS::CodeBuild::Project", {
      VpcConfig: Match.absent(),
    });
  });
});

test("the cluster needs no role that a new account does not have yet", () => {
  template.resourceCountIs("AWS::ECS::ClusterCapacityProviderAssociations", 0);
  template.allResourcesProperties("AWS::ECS::Cluster", {});
});
