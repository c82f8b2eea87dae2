import {
  DeleteLoadBalancerCommand,
  ElasticLoadBalancingV2Client,
  paginateDescribeLoadBalancers,
  waitUntilLoadBalancersDeleted,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { collected } from "../adapters/collected.ts";
import { internalApps } from "../adapters/dynamodb/installed-apps.ts";
import { isInternalBalancer } from "../adapters/ecs/options.ts";
import { type InstallationSettings, runTimePrefix } from "../infra/installation.ts";
import { Refused } from "./refused.ts";
import type { InstalledStack } from "./stack.ts";
import type { Target } from "./target.ts";

/** Whether private names are to go that are there. */
export const losesPrivateNames = (installed: InstalledStack | null, next: InstallationSettings): boolean =>
  installed?.settings.privateNames !== undefined && next.privateNames === undefined;

/** Throws `Refused` where internal apps would lose the network that they are reached in. */
export async function checkPrivateNames(
  installed: InstalledStack | null,
  next: InstallationSettings,
  { region, credentials }: Target,
): Promise<void> {
  const table = installed?.outputs.AppsTable;
  if (table === undefined || !losesPrivateNames(installed, next)) return;
  const apps = await internalApps(table, { region, credentials });
  if (apps.length > 0)
    throw new Refused(
      `Private names cannot be switched off while there are internal apps: ${apps.join(", ")}. Delete them first, or leave -c privateNames as it is.`,
      { exitCode: 2 },
    );
}

const longestWaitSeconds = 10 * 60;

/** Deletes the internal load balancers, which have no app any more: their security group is deleted with the template's part. */
export async function removeInternalBalancers(stackName: string, { region, credentials }: Target): Promise<void> {
  const client = new ElasticLoadBalancingV2Client({ region, credentials });
  const options = { namePrefix: runTimePrefix(stackName) };
  try {
    const all = await collected(paginateDescribeLoadBalancers({ client }, {}), ({ LoadBalancers }) => LoadBalancers);
    const arns = all.flatMap(({ LoadBalancerArn: arn = "" }) => (isInternalBalancer(options, arn) ? [arn] : []));
    if (arns.length === 0) return;
    for (const LoadBalancerArn of arns) await client.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
    await waitUntilLoadBalancersDeleted({ client, maxWaitTime: longestWaitSeconds }, { LoadBalancerArns: arns });
  } finally {
    client.destroy();
  }
}
