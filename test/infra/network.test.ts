import { expect, test } from "@jest/globals";
import { resources, template } from "./synthesized.ts";

test("visitors reach the ports on which apps have their listeners, and no other", () => {
  const open = Object.values(resources("AWS::EC2::SecurityGroup")).flatMap(
    ({ Properties }) => Properties.SecurityGroupIngress ?? [],
  );
  expect(open).toEqual([expect.objectContaining({ CidrIp: "0.0.0.0/0", FromPort: 8001, ToPort: 8050 })]);
});

test("the cluster needs no role that a new account does not have yet", () => {
  template.resourceCountIs("AWS::ECS::ClusterCapacityProviderAssociations", 0);
  template.allResourcesProperties("AWS::ECS::Cluster", {});
});
