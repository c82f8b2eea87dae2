import { expect, test } from "@jest/globals";
import { isWithin, networkConfiguration } from "../../../lib/adapters/ecs/network-configuration.ts";

const taskNetwork = { subnetIds: ["subnet-1", "subnet-2"], securityGroupIds: ["sg-1"], hasPublicAddress: false };
const now = networkConfiguration({ taskNetwork });

test("tasks are where the installation says, with a public address or without", () => {
  expect(now).toEqual({
    awsvpcConfiguration: { subnets: ["subnet-1", "subnet-2"], securityGroups: ["sg-1"], assignPublicIp: "DISABLED" },
  });
  expect(networkConfiguration({ taskNetwork: { ...taskNetwork, hasPublicAddress: true } })).toMatchObject({
    awsvpcConfiguration: { assignPublicIp: "ENABLED" },
  });
});

test.each([
  ["the same in another order", { subnetIds: ["subnet-2", "subnet-1"] }, true],
  ["another subnet", { subnetIds: ["subnet-1", "subnet-3"] }, false],
  ["a subnet less", { subnetIds: ["subnet-1"] }, false],
  ["another security group", { securityGroupIds: ["sg-1", "sg-2"] }, false],
  ["a public address", { hasPublicAddress: true }, false],
])("%s", (_, change, same) => {
  expect(isWithin({ taskNetwork: { ...taskNetwork, ...change } }, { networkConfiguration: now })).toBe(same);
});
