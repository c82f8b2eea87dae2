import * as z from "zod";
import type { LocalContext, ResourceProvider } from "../../kernel/part.ts";
import { environmentVariable } from "./records.ts";

/** CloudFormation writes numbers and booleans as strings now and then. */
const minutes = z.coerce.number().int().min(5).max(2160);
const variable = z
  .object({ Name: z.string(), Value: z.string(), Type: environmentVariable.shape.type })
  .transform(({ Name, Value, Type }) => ({ name: Name, value: Value, type: Type }));

const properties = z.object({
  Name: z.string().optional(),
  ServiceRole: z.string(),
  Source: z.object({
    Type: z.enum(["S3", "NO_SOURCE"]),
    Location: z.string().optional(),
    BuildSpec: z.string().optional(),
  }),
  Environment: z.object({
    Type: z.string(),
    Image: z.string(),
    ComputeType: z.string(),
    PrivilegedMode: z.coerce.boolean().default(false),
    EnvironmentVariables: z.array(variable).default([]),
  }),
  TimeoutInMinutes: minutes.default(60),
  QueuedTimeoutInMinutes: minutes.default(480),
  ConcurrentBuildLimit: z.coerce.number().int().min(1).optional(),
});

export interface Project {
  readonly name: string;
  readonly arn: string;
  readonly properties: z.infer<typeof properties>;
}

/** The ARN of a project, by which permissions on its builds are given. */
export function projectArn({ region, account }: LocalContext, name: string): string {
  return `arn:aws:codebuild:${region}:${account}:project/${name}`;
}

/** `ServiceRole` may be an ARN or a role's name. */
function roleArn({ account }: LocalContext, role: string): string {
  return role.startsWith("arn:") ? role : `arn:aws:iam::${account}:role/${role}`;
}

/** Projects are in the template and nowhere else: what is provided at a start is kept in `projects`. */
export function projectProvider(context: LocalContext, projects: Map<string, Project>): ResourceProvider {
  return {
    type: "AWS::CodeBuild::Project",
    ensure: ({ physicalName, properties: given }) => {
      const parsed = properties.parse(given);
      const name = parsed.Name ?? physicalName;
      const arn = projectArn(context, name);
      projects.set(name, { name, arn, properties: { ...parsed, ServiceRole: roleArn(context, parsed.ServiceRole) } });
      return { ref: name, attributes: { Arn: arn } };
    },
  };
}
