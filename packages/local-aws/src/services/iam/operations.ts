import * as z from "zod";
import { operationsOf } from "../../kernel/operation.ts";
import { AwsError, type OperationsService } from "../../kernel/service.ts";
import type { Roles } from "./roles.ts";

const getInput = z.object({ RoleName: z.string().regex(/^[\w+=,.@-]{1,64}$/) });

/** What can be read of roles. One that is not there is judged as if it had no path, as AWS does. */
export function roleService(account: string, roles: Pick<Roles, "find">): OperationsService {
  const operations = {
    GetRole: operationsOf("ValidationError")(getInput, {
      permissions: ({ RoleName }) => [
        { action: "iam:GetRole", resource: roles.find(RoleName)?.arn ?? `arn:aws:iam::${account}:role/${RoleName}` },
      ],
      run: ({ RoleName }) => {
        const role = roles.find(RoleName);
        if (role === undefined)
          throw new AwsError("NoSuchEntity", `The role with name ${RoleName} cannot be found.`, 404);
        const { arn, name, path, id, document } = role;
        return {
          Role: {
            Path: path,
            RoleName: name,
            RoleId: id,
            Arn: arn,
            CreateDate: "2026-01-01T00:00:00Z",
            AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(document)),
            MaxSessionDuration: 3600,
          },
        };
      },
    }),
  };
  return { kind: "query", scope: "iam", dialect: "https://iam.amazonaws.com/doc/2010-05-08/", operations };
}
