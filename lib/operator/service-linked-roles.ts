import {
  CreateServiceLinkedRoleCommand,
  EntityAlreadyExistsException,
  IAMClient,
  InvalidInputException,
} from "@aws-sdk/client-iam";
import type { AwsAccess } from "./target.ts";

/** Whose roles the first service of ECS, the first load balancer and the first service that scales of an account need. */
const services = [
  "ecs.amazonaws.com",
  "elasticloadbalancing.amazonaws.com",
  "ecs.application-autoscaling.amazonaws.com",
];

/**
 * Makes AWS's own roles in an account that does not have them yet. Answers the services for which the caller may not: AWS then
 * tries again at the first use, with the permission of the worker.
 */
export async function ensureServiceLinkedRoles({ region, credentials }: AwsAccess): Promise<readonly string[]> {
  const client = new IAMClient({ region, credentials });
  const refused: string[] = [];
  try {
    for (const AWSServiceName of services) {
      try {
        await client.send(new CreateServiceLinkedRoleCommand({ AWSServiceName }));
      } catch (error) {
        if (isTaken(error)) continue;
        if (!(error instanceof Error && /^AccessDenied/.test(error.name))) throw error;
        refused.push(AWSServiceName);
      }
    }
    return refused;
  } finally {
    client.destroy();
  }
}

/** Its documentation names no error for it; IAM says `Service role name AWSServiceRoleForECS has been taken in this account`. */
const isTaken = (error: unknown): boolean =>
  error instanceof EntityAlreadyExistsException ||
  (error instanceof InvalidInputException && /been taken/.test(error.message));
