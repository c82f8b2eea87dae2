import type { NetworkConfiguration, Service } from "@aws-sdk/client-ecs";
import type { ReleasesOptions } from "./options.ts";

type Networked = Pick<ReleasesOptions, "taskNetwork">;

/** Where a service's or a run's tasks are to be. */
export const networkConfiguration = ({ taskNetwork }: Networked): NetworkConfiguration => ({
  awsvpcConfiguration: {
    subnets: [...taskNetwork.subnetIds],
    securityGroups: [...taskNetwork.securityGroupIds],
    assignPublicIp: taskNetwork.hasPublicAddress ? "ENABLED" : "DISABLED",
  },
});

/** Whether a service's tasks are there already. The operator may change the subnets and the security groups. */
export function isWithin(options: Networked, { networkConfiguration: now }: Service): boolean {
  const { subnets = [], securityGroups = [], assignPublicIp } = now?.awsvpcConfiguration ?? {};
  const wanted = networkConfiguration(options).awsvpcConfiguration;
  return (
    assignPublicIp === wanted?.assignPublicIp &&
    isSame(subnets, wanted?.subnets ?? []) &&
    isSame(securityGroups, wanted?.securityGroups ?? [])
  );
}

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.toSorted().join(" ") === other.toSorted().join(" ");
