import { stackNameOf } from "../../infra/installation.ts";
import type { UninstallFlags } from "../flags.ts";
import { answerWords, Refused } from "../refused.ts";
import { waitForStack } from "../stack.ts";
import type { Target } from "../target.ts";
import { confirm, type Terminal } from "../terminal.ts";
import type { Clients } from "./clients.ts";
import { type Inventory, inventoryOf, keptByStack, taggedWith } from "./inventory.ts";
import { stepsFor } from "./remove.ts";

export interface UninstallDeps {
  readonly target: Pick<Target, "account" | "region" | "caller">;
  readonly clients: Clients;
  readonly terminal: Terminal;
}

/** Deletes an installation, after a question. Throws `Refused` where something is left or AWS refuses a step. */
export async function uninstall(flags: UninstallFlags, { target, clients, terminal }: UninstallDeps): Promise<void> {
  const stackName = stackNameOf(flags.name);
  // CloudFormation deletes a stack that is being created, but not one that is being updated.
  await waitForStack(clients.cloudFormation, stackName, { isBusy: /^UPDATE_(.*_)?IN_PROGRESS$/, say: terminal.say });
  const found = await inventoryOf(clients, stackName);
  const steps = stepsFor(clients, found, flags);
  terminal.say(`Uninstall Slipway
  stack    ${stackName}
  account  ${target.account} (as ${target.caller})
  region   ${target.region}
`);
  if (steps.length === 0) {
    terminal.say(`There is nothing to delete.${keptWords(found, flags)}`);
    return;
  }
  terminal.say(`This will be deleted:\n${listed(found, flags)}${keptWords(found, flags)}\n`);
  const question = `Type ${stackName} to delete it: `;
  await confirm(terminal, { yes: flags.yes, question, expected: [stackName] });
  for (const [index, { says, run }] of steps.entries()) {
    terminal.say(`[${index + 1}/${steps.length}] ${says}`);
    await attempt(says, run);
  }
  await verify(clients, found, flags, terminal);
}

/** What there is of an installation, its tables included, by names and ARNs. */
export async function whatIsLeft(clients: Clients, stackName: string): Promise<readonly string[]> {
  const found = await inventoryOf(clients, stackName);
  const listed = kinds(found, { everything: true }).flatMap(([kind, items]) => items.map((item) => `${kind}: ${item}`));
  const tagged = (await taggedWith(clients, stackName)).flatMap(({ arn, isOfStack }) =>
    // The tagging API shows what is deleted for some time. What has a listing of its own is in there, and of a stack that is
    // gone CloudFormation says that its resources are.
    isListed(arn) || (isOfStack && found.stackId === null) ? [] : [arn],
  );
  return [...listed, ...tagged];
}

/** Whether a listing of {@link inventoryOf} has all resources of that kind. */
const isListed = (arn: string): boolean =>
  /^arn:[^:]+:(acm|cloudformation|cloudwatch|dynamodb|ecr|ecs|elasticloadbalancing|ssm):/.test(arn);

async function attempt(says: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (cause) {
    const words = answerWords(cause instanceof Error ? cause : new Error(String(cause)));
    throw new Refused(
      `${says} failed.\n${words}\nRun npm run uninstall again to go on; what is deleted stays deleted.`,
      { cause },
    );
  }
}

/** What an uninstall deletes, with a word for each kind, in the order in which people know it. */
function kinds(
  found: Inventory,
  { everything }: Pick<UninstallFlags, "everything">,
): readonly (readonly [string, readonly string[]])[] {
  return [
    ["stack, with the control plane, its queues and its network", found.stackId === null ? [] : [found.stackName]],
    ["app, which goes offline", found.apps],
    ["build that runs", found.builds],
    ["release under way", found.releases],
    ["service", found.services],
    ["task", found.tasks],
    ["load balancer, with its listeners and rules", found.loadBalancers],
    ["target group", found.targetGroups],
    ["schedule of a cron", found.schedules],
    ["certificate of an app's domain", found.certificates],
    ["record of an app", found.records.map(({ record }) => record.Name ?? "")],
    ["alarm of an app", found.alarms],
    ["task definition", found.taskDefinitions],
    ["log group", found.logGroups],
    ["image repository, with its images", found.repositories],
    ["bucket, with its files", found.buckets],
    ["parameter", found.parameters],
    ["table, with its data", everything ? found.tables : []],
  ];
}

function listed(found: Inventory, flags: UninstallFlags): string {
  const shown = kinds(found, flags).filter(([, items]) => items.length > 0);
  return shown
    .map(([kind, items]) => `  ${kind} (${items.length})\n${items.map((item) => `    ${item}\n`).join("")}`)
    .join("");
}

function keptWords(found: Pick<Inventory, "tables">, { everything }: UninstallFlags): string {
  if (everything || found.tables.length === 0) return "";
  return `
This is kept, since it is the only record of apps, deployments and people (--everything deletes it):
${found.tables.map((table) => `    ${table}\n`).join("")}`;
}

/** API Gateway has one such role for all APIs of an account and region. */
const rolesWords = (roles: readonly string[]): string =>
  roles.length === 0
    ? ""
    : `
This role is kept, since other APIs in the account may write their logs with it:
${roles.map((role) => `    ${role}\n`).join("")}`;

/** Throws where something with the installation's tag is left that was to go. */
async function verify(clients: Clients, found: Inventory, flags: UninstallFlags, terminal: Terminal): Promise<void> {
  const gone = new Set(
    kinds(found, flags).flatMap(([kind, items]) =>
      items.map((item) => (kind === "log group" ? `log-group:${item}` : nameIn(item))),
    ),
  );
  const left = (await taggedWith(clients, found.stackName)).flatMap(({ arn, isOfStack }) =>
    // The tagging API shows what is deleted for some time, and what CloudFormation keeps was said.
    isOfStack || gone.has(nameIn(arn)) || isPartOfLoadBalancer(arn) ? [] : [arn],
  );
  if (left.length > 0) {
    throw new Refused(`These resources carry the installation's tag and are still there:\n  ${left.join("\n  ")}`);
  }
  const tables = [...new Set([...found.tables, ...(await keptByStack(clients, found, "AWS::DynamoDB::Table"))])];
  const roles = await keptByStack(clients, found, "AWS::IAM::Role");
  terminal.say(`\nSlipway is uninstalled.${keptWords({ tables }, flags)}${rolesWords(roles)}`);
}

/** The last part of an ARN, which is the name or the id; a name alone is its own. Log groups have paths for names. */
const nameIn = (arn: string): string =>
  /:(log-group:[^:]+)/.exec(arn)?.[1] ?? arn.slice(Math.max(arn.lastIndexOf("/"), arn.indexOf(":alarm:") + 6) + 1);

/** Listeners and rules go with their load balancer. */
const isPartOfLoadBalancer = (arn: string): boolean => /:listener(-rule)?\/app\//.test(arn);
