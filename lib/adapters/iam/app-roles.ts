import { GetRoleCommand, type IAMClient, IAMServiceException, type Role } from "@aws-sdk/client-iam";
import type { AppRoles } from "../../core/ports/app-roles.ts";
import { type Tasks, trusts } from "./trust.ts";

const template = "slipway roles template prints one that can.";

/**
 * Roles below a path. `rolesArn`: what their ARNs begin with, `arn:aws:iam::123456789012:role/slipway/`. Whoever asks may look
 * at these only, so one elsewhere is the same as none.
 */
export function awsAppRoles(client: IAMClient, rolesArn: string, region: string): AppRoles {
  const [, partition = "aws", , , account = ""] = rolesArn.split(":");
  const path = rolesArn.slice(rolesArn.indexOf("role/") + "role".length);
  const tasks: Tasks = { partition, region, account };

  const find = async (RoleName: string): Promise<Role | null> => {
    try {
      return (await client.send(new GetRoleCommand({ RoleName }))).Role ?? null;
    } catch (error) {
      const isUnknown = error instanceof IAMServiceException && unknown.includes(error.name);
      if (!isUnknown) throw error;
      return null;
    }
  };

  return {
    objection: async (name) => {
      const role = await find(name);
      if (role === null || role.Path !== path)
        return `There is no role ${name} with the path ${path} in this account, and apps can have no others. ${template}`;
      if (trusts(role.AssumeRolePolicyDocument ?? "", tasks)) return null;
      return `ECS tasks cannot assume the role ${name}: its trust policy has to allow sts:AssumeRole to ecs-tasks.amazonaws.com for the account ${account}. ${template}`;
    },
  };
}

const unknown: readonly string[] = ["NoSuchEntityException", "NoSuchEntity", "AccessDenied", "AccessDeniedException"];
