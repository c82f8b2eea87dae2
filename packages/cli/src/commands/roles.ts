import type { Command } from "../command/command.ts";
import { UsageError } from "../system/failure.ts";

const nameOption = { name: "name", value: "name", summary: "Name of the role (default: my-app)" };
const pathOption = {
  name: "path",
  value: "path",
  summary: "Path of the installation's roles; that of the installation NAME is /slipway-NAME/ (default: /slipway/)",
};

/** Whose tasks may have a role: those of this account. `account`: its id, or what stands for it. */
const trustPolicy = (account: unknown) => ({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Service: "ecs-tasks.amazonaws.com" },
      Action: "sts:AssumeRole",
      Condition: { StringEquals: { "aws:SourceAccount": account } },
    },
  ],
});

/** A stack with one role. It may do nothing that would surprise: what the app needs replaces its one statement. */
const templateOf = (name: string, path: string) => ({
  AWSTemplateFormatVersion: "2010-09-09",
  Description: `The role of the tasks of ${name}`,
  Resources: {
    Role: {
      Type: "AWS::IAM::Role",
      Properties: {
        RoleName: name,
        Path: path,
        AssumeRolePolicyDocument: trustPolicy({ Ref: "AWS::AccountId" }),
        Policies: [
          {
            PolicyName: "app",
            PolicyDocument: {
              Version: "2012-10-17",
              Statement: [
                {
                  Effect: "Allow",
                  Action: ["s3:GetObject"],
                  Resource: [{ "Fn::Sub": `arn:\${AWS::Partition}:s3:::${name}-\${AWS::AccountId}/*` }],
                },
              ],
            },
          },
        ],
      },
    },
  },
});

const template: Command = {
  name: "template",
  summary: "Print a CloudFormation template of an app's role",
  description: `Prints a stack with one role that apps may have: its path is the installation's, and its trust policy
lets ECS tasks of your account assume it. Replace its statement by what the app needs, then create the stack:
aws cloudformation deploy --stack-name my-app-role --template-file role.json --capabilities CAPABILITY_NAMED_IAM
For a local Slipway, start it with npm start -- --roles role.json.
With --trust-policy, it prints the trust policy only, for a role that you make in another way.`,
  options: [
    nameOption,
    pathOption,
    { name: "trust-policy", value: "account", summary: "Print only the trust policy, for the account with this ID" },
  ],
  examples: ["roles template --name shop > role.json", "roles template --trust-policy 123456789012"],
  run: async (context, given) => {
    const account = given.text("trust-policy");
    if (account !== undefined && !/^\d{12}$/.test(account))
      throw new UsageError(`--trust-policy: "${account}" is not the ID of an AWS account.`, "It has twelve digits.");
    const name = given.text("name") ?? "my-app";
    const path = given.text("path") ?? "/slipway/";
    if (!/^[\w+=,.@-]{1,64}$/.test(name)) throw new UsageError(`--name: "${name}" cannot be the name of a role.`);
    if (!/^\/([\w+=,.@-]+\/)+$/.test(path)) throw new UsageError(`--path: "${path}" is not a path such as /slipway/.`);
    const printed = account === undefined ? templateOf(name, path) : trustPolicy(account);
    return context.print(`${JSON.stringify(printed, null, 2)}\n`);
  },
};

export const roles: Command = {
  name: "roles",
  summary: "Prepare IAM roles for apps",
  commands: [template],
};
