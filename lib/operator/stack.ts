import { setTimeout as pause } from "node:timers/promises";
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

/** Whether a stack was created to its end once. CDK deletes one that was not, and begins anew. */
export const isInstalled = (stack: InstalledStack | null): stack is InstalledStack =>
  stack !== null && !["ROLLBACK_COMPLETE", "ROLLBACK_FAILED"].includes(stack.status);

/** The stack of an installation, once nobody works on it; `null`: there is none yet. Throws what CloudFormation answers. */
export async function installedStack(
  name: string,
  aws: AwsAccess,
  say: (text: string) => void = () => {},
): Promise<InstalledStack | null> {
  const client = new CloudFormationClient({ region: aws.region, credentials: aws.credentials });
  try {
    // A change set that was never executed leaves a stack without resources.
    await waitForStack(client, name, { isBusy: /^(?!REVIEW_).*_IN_PROGRESS$/, say });
    const stack = await describedStack(client, name);
    if (stack === null || stack.StackStatus === "REVIEW_IN_PROGRESS") return null;
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

const pollMs = 3_000;
/** Longer than any change of a stack of Slipway's. CloudFormation itself goes on for as long as a resource lets it. */
const longestWaitMs = 3 * 3600 * 1000;

/**
 * Waits while a stack is in a state that `isBusy` knows: an earlier command was interrupted, or somebody else runs one. CloudFormation
 * goes on without whoever asked it to. Says once that it waits. Throws `Refused` after `longestMs`.
 */
export async function waitForStack(
  client: CloudFormationClient,
  name: string,
  {
    isBusy,
    say,
    longestMs = longestWaitMs,
  }: { readonly isBusy: RegExp; readonly say: (text: string) => void; readonly longestMs?: number },
): Promise<void> {
  const begun = performance.now();
  for (let isSaid = false; ; isSaid = true) {
    const { StackStatus: status = "" } = (await describedStack(client, name)) ?? {};
    if (!isBusy.test(status)) return;
    if (performance.now() - begun >= longestMs)
      throw new Refused(
        `CloudFormation is still working on the stack ${name} (${status}). See which resource it waits for in the stack's events, then run this again.`,
      );
    if (!isSaid) say(`CloudFormation is working on the stack ${name} (${status}). Waiting until it has ended.`);
    await pause(pollMs);
  }
}

/** `null`: there is no such stack. */
export async function describedStack(client: CloudFormationClient, StackName: string): Promise<Stack | null> {
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    return Stacks[0] ?? null;
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message)) return null;
    throw error;
  }
}

const metadataSchema = z.object({ [settingsKey]: settingsSchema.optional() });

/** What `-c` set of an installation that is there. */
export async function settingsOf(client: CloudFormationClient, StackName: string): Promise<InstallationSettings> {
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
