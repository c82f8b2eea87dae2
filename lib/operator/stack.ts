import {
  CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateSummaryCommand,
  type Stack,
} from "@aws-sdk/client-cloudformation";
import * as z from "zod";
import { type InstallationSettings, settingsKey, settingsSchema } from "../infra/installation.ts";
import { Refused } from "./refused.ts";
import type { AwsAccess } from "./target.ts";

/** An installation's stack as CloudFormation has it. */
export interface InstalledStack {
  readonly status: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
  readonly settings: InstallationSettings;
}

/** The stack of an installation; `null`: there is none yet. Throws what CloudFormation answers. */
export async function installedStack(name: string, aws: AwsAccess): Promise<InstalledStack | null> {
  const client = new CloudFormationClient({ region: aws.region, credentials: aws.credentials });
  try {
    const stack = await describedStack(client, name);
    if (stack === null) return null;
    return {
      status: stack.StackStatus ?? "",
      outputs: pairs(stack.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue])),
      parameters: pairs(stack.Parameters?.map(({ ParameterKey, ParameterValue }) => [ParameterKey, ParameterValue])),
      settings: await settingsOf(client, name),
    };
  } finally {
    client.destroy();
  }
}

async function describedStack(client: CloudFormationClient, StackName: string): Promise<Stack | null> {
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    const [stack] = Stacks;
    // A change set that was never executed leaves a stack without resources.
    return stack === undefined || stack.StackStatus === "REVIEW_IN_PROGRESS" ? null : stack;
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message)) return null;
    throw error;
  }
}

const metadataSchema = z.object({ [settingsKey]: settingsSchema.optional() });

async function settingsOf(client: CloudFormationClient, StackName: string): Promise<InstallationSettings> {
  const { Metadata } = await client.send(new GetTemplateSummaryCommand({ StackName }));
  if (Metadata === undefined) return {};
  return metadataSchema.parse(JSON.parse(Metadata))[settingsKey] ?? {};
}

const pairs = (entries: readonly (readonly [string | undefined, string | undefined])[] = []): Record<string, string> =>
  Object.fromEntries(
    entries.flatMap(([name, value]) => (name === undefined || value === undefined ? [] : [[name, value]])),
  );

const outputsSchema = z.object({
  ControlPlaneUrl: z.string(),
  TokensTable: z.string(),
  DashboardBucket: z.string(),
  EdgeSecretArn: z.string(),
});
export type StackOutputs = z.infer<typeof outputsSchema>;

/** The outputs of a deployed stack. Throws `Refused` where it is not in this account and region or lacks one. */
export function outputsOf(stack: InstalledStack | null, name: string, region: string): StackOutputs {
  if (stack === null) throw new Refused(`The stack ${name} was deployed, but it is not in ${region} of this account.`);
  const outputs = outputsSchema.safeParse(stack.outputs);
  if (outputs.success) return outputs.data;
  const missing = outputs.error.issues.map((issue) => issue.path.join(".")).join(", ");
  throw new Refused(`The stack ${name} has no output ${missing}. Its state is ${stack.status}.`);
}
