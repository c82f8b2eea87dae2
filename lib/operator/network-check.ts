import { type InstallationSettings, listed } from "../infra/installation.ts";
import { faultsIn } from "./network-faults.ts";
import { seenNetwork } from "./network-seen.ts";
import { Refused } from "./refused.ts";
import type { AwsAccess } from "./target.ts";

/**
 * Whether apps can run in the VPC that an installation is to have. Throws `Refused` with everything that is wrong. `before`: its
 * settings of now; `null`: it is new.
 */
export async function checkNetwork(
  settings: InstallationSettings,
  before: InstallationSettings | null,
  aws: AwsAccess,
): Promise<void> {
  const { vpcId } = settings;
  // Security groups, target groups and load balancers cannot be moved, and apps are behind them.
  if (before !== null && before.vpcId !== vpcId)
    throw new Refused(
      `This installation is in ${before.vpcId ?? "a VPC of its own"} and cannot be moved to ${vpcId ?? "one of its own"}. Install another one there with -c name=NAME, and leave -c vpcId as it is here.`,
      { exitCode: 2 },
    );
  if (vpcId === undefined) return;
  const wanted = {
    vpcId,
    hasPrivateNames: settings.privateNames !== undefined,
    subnetIds: listed(settings.subnetIds),
    privateSubnetIds: listed(settings.privateSubnetIds),
    securityGroupIds: listed(settings.securityGroupIds),
  };
  const faults = faultsIn(wanted, await seenNetwork(wanted, aws).catch(unreadable));
  if (faults.length > 0) throw new Refused(faults.join("\n"));
}

function unreadable(cause: unknown): never {
  const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
  throw new Refused(
    `The VPC could not be looked at. Whoever installs Slipway in a VPC that is there needs ec2:Describe*.\n${name}: ${message}`,
    { cause },
  );
}
