import { readFileSync } from "node:fs";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import * as z from "zod";
import { readInstallation } from "../../lib/infra/installation.ts";
import { SlipwayStack } from "../../lib/infra/stack.ts";

export const root = join(import.meta.dirname, "..", "..");

const cdkJson = z.object({ context: z.record(z.string(), z.unknown()) });

/** The stack as `cdk synth` makes it, but without bundling, which takes seconds. */
export function synthesized(context: Readonly<Record<string, string>> = {}): SlipwayStack {
  // CDK's own validation of the template takes six seconds; `npm run synth` does it.
  process.env.CDK_VALIDATION = "false";
  const { context: flags } = cdkJson.parse(JSON.parse(readFileSync(join(root, "cdk.json"), "utf8")));
  const app = new App({
    analyticsReporting: false,
    context: { ...flags, ...context, "aws:cdk:bundling-stacks": [] },
  });
  const { stackName, settings } = readInstallation((key) => context[key]);
  return new SlipwayStack(app, stackName, { settings });
}

export const stack = synthesized();
/** Making it fails if resources depend on each other in a circle. */
export const template = Template.fromStack(stack);

const resourceSchema = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
  DependsOn: z.array(z.string()).optional(),
});
export type Resource = z.infer<typeof resourceSchema>;

/** All resources of a type, by logical id. */
export function resources(type: string, of = template): Readonly<Record<string, Resource>> {
  return z.record(z.string(), resourceSchema).parse(of.findResources(type));
}

const functionSchema = z.object({
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }),
  Role: z.object({ "Fn::GetAtt": z.tuple([z.string(), z.string()]) }),
  Timeout: z.number(),
});

/** The functions by name, with their logical ids. */
export function functions() {
  return Object.entries(resources("AWS::Lambda::Function")).map(([logicalId, { Properties }]) => {
    const { Environment, Role, Timeout } = functionSchema.parse(Properties);
    const environment = Environment.Variables;
    return {
      name: String(environment.POWERTOOLS_SERVICE_NAME),
      logicalId,
      environment,
      role: Role["Fn::GetAtt"][0],
      timeout: Timeout,
    };
  });
}

/** The logical id of a function. */
export function idOf(name: string): string {
  const found = functions().find((each) => each.name === name);
  if (found === undefined) throw new Error(`The template has no function ${name}.`);
  return found.logicalId;
}

const many = z.union([z.array(z.unknown()), z.unknown().transform((one) => [one])]);
const statementSchema = z.object({
  Action: many.pipe(z.array(z.string())),
  Resource: many,
  Effect: z.literal("Allow"),
  Condition: z.record(z.string(), z.unknown()).optional(),
});
const policySchema = z.object({
  Roles: z.array(z.object({ Ref: z.string() })),
  PolicyDocument: z.object({ Statement: z.array(statementSchema) }),
});

/** Every statement of the roles' policies, and whose it is. */
export function statements(of = template) {
  // What is too large for a role's own policy, CDK puts into a managed one.
  const policies = [
    ...Object.values(resources("AWS::IAM::Policy", of)),
    ...Object.values(resources("AWS::IAM::ManagedPolicy", of)),
  ];
  return policies.flatMap(({ Properties }) => {
    const { Roles, PolicyDocument } = policySchema.parse(Properties);
    return PolicyDocument.Statement.map((statement) => ({ role: Roles[0]?.Ref ?? "", ...statement }));
  });
}
