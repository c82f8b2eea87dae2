import { contradictionIn, type InstallationSettings, stackNameOf } from "../infra/installation.ts";
import { hasTokens, seedAdminToken } from "./admin-token.ts";
import { keepAdminToken } from "./admin-token-place.ts";
import { publishDashboard } from "./dashboard-files.ts";
import { renewEdgeSecret } from "./edge-secret.ts";
import type { DeployFlags } from "./flags.ts";
import { checkNetwork } from "./network-check.ts";
import { checkPrivateNames, losesPrivateNames, removeInternalBalancers } from "./private-names.ts";
import { Refused } from "./refused.ts";
import { ensureServiceLinkedRoles } from "./service-linked-roles.ts";
import { type InstalledStack, installedStack, isInstalled, outputsOf, type StackOutputs } from "./stack.ts";
import type { AwsAccess, Target } from "./target.ts";
import { confirm, type Terminal } from "./terminal.ts";

export interface DeployDeps {
  readonly target: Target;
  readonly terminal: Terminal;
  /** Runs `cdk` with these words in the checkout, and answers its exit code. */
  readonly cdk: (words: readonly string[]) => number | Promise<number>;
  /** Builds the dashboard, and answers the folder with its files. */
  readonly buildDashboard: () => Promise<string>;
  readonly newToken: () => string;
  /** Puts a copy of BuildKit into the registry of the installation. Answers in words why it could not; `null`: it is there. */
  readonly keepBuildKit: (stackName: string, aws: AwsAccess) => Promise<string | null>;
}

/** Figures of docs/costs.md. */
const cost = `It costs about $2 a month while no app runs, and from the first app on about $23 for the load balancer
and $13 for each small task. See docs/costs.md.`;

/** Deploys an installation, or shows what would change. Throws `Refused` where it cannot. */
export async function deploy(flags: DeployFlags, deps: DeployDeps): Promise<void> {
  const { target, terminal } = deps;
  const stackName = stackNameOf(flags.name);
  const installed = await installedStack(stackName, target, terminal.say);
  const before = isInstalled(installed) ? installed : null;
  terminal.say(`${before === null ? "Install" : "Update"} Slipway
  stack    ${stackName}
  account  ${target.account} (as ${target.caller})
  region   ${target.region}
${cost}
`);
  // What a first try was given counts for the second one, too.
  const settings = settingsOf(flags, installed);
  checkCertificate(settings, target);
  await checkNetwork(settings, before?.settings ?? null, target);
  await checkPrivateNames(before, settings, target);
  const words = [stackName, ...cdkWords(flags, settings, target)];
  if (flags.plan) {
    succeed(await deps.cdk(["diff", "--method", "change-set", "--fail-on", "never", ...words]), "cdk diff");
    terminal.say(`${parameterChanges(flags, before)}Nothing was changed.`);
    return;
  }
  await confirm(terminal, { yes: flags.yes, question: "Deploy? [y/N] ", expected: ["y", "yes", "Y"] });
  const dashboard = await deps.buildDashboard();
  for (const service of await ensureServiceLinkedRoles(target)) {
    terminal.say(`You may not create the service-linked role of ${service}. AWS creates it when it is first needed.`);
  }
  if (losesPrivateNames(before, settings)) await removeInternalBalancers(stackName, target);
  const outputs = await deployStack(stackName, words, { flags, installed: before, deps });
  await publishDashboard(dashboard, outputs.DashboardBucket, clientOf(target));
  const withoutCopy = await deps.keepBuildKit(stackName, target);
  if (withoutCopy !== null) {
    terminal.say(`BuildKit could not be copied to Amazon ECR: ${withoutCopy}
Builds download it from Docker Hub, which limits how often. The next npm run deploy tries again.`);
  }
  terminal.say(`\nSlipway is at ${outputs.ControlPlaneUrl}`);
  if (flags.newAdminToken || !(await hasTokens(outputs.TokensTable, clientOf(target)))) {
    await makeAdminToken(stackName, outputs, { flags, deps });
  }
}

interface Deploying {
  readonly flags: DeployFlags;
  readonly installed: InstalledStack | null;
  readonly deps: DeployDeps;
}

async function deployStack(
  stackName: string,
  words: readonly string[],
  { flags, installed, deps }: Deploying,
): Promise<StackOutputs> {
  // The question was asked already, and CDK's own needs a terminal.
  const always = ["--require-approval", "never"];
  const given = flags.parameters.flatMap((pair) => ["--parameters", pair]);
  const known = installed === null ? {} : missingUrl(installed, flags);
  succeed(await deps.cdk(["deploy", ...always, ...words, ...given, ...parameterWords(known)]), "cdk deploy");
  const deployed = await installedStack(stackName, deps.target);
  const outputs = outputsOf(deployed, stackName, deps.target.region);
  const rotated = flags.rotateEdgeSecret ? await renewEdgeSecret(outputs.EdgeSecretArn, clientOf(deps.target)) : {};
  // CloudFront chooses the address, and its functions cannot name the distribution that they lie behind.
  const second = { ...(deployed === null ? {} : missingUrl(deployed, flags)), ...rotated };
  if (Object.keys(second).length > 0) {
    succeed(await deps.cdk(["deploy", ...always, ...words, ...given, ...parameterWords(second)]), "cdk deploy");
  }
  return outputs;
}

/** The control plane's address, where the template's parameter does not say it yet and nobody set another. */
function missingUrl({ outputs, parameters }: InstalledStack, flags: DeployFlags): Record<string, string> {
  const isGiven = flags.parameters.some((pair) => pair.startsWith("PublicUrl="));
  if (isGiven || parameters.PublicUrl !== "" || outputs.ControlPlaneUrl === undefined) return {};
  return { PublicUrl: outputs.ControlPlaneUrl };
}

/** What `--parameters` would change, for the plan: `cdk diff` does not take them. */
function parameterChanges({ parameters }: DeployFlags, before: InstalledStack | null): string {
  const lines = parameters.flatMap((pair) => {
    const [name = ""] = pair.split("=", 1);
    const next = pair.slice(name.length + 1);
    const now = before?.parameters[name] ?? "";
    return next === now ? [] : [`  ${name}: ${JSON.stringify(now)} → ${JSON.stringify(next)}\n`];
  });
  return lines.length === 0 ? "" : `Parameters\n${lines.join("")}\n`;
}

const parameterWords = (parameters: Readonly<Record<string, string>>): string[] =>
  Object.entries(parameters).flatMap(([name, value]) => ["--parameters", `${name}=${value}`]);

/** Whoever removes the domain removes what belongs to it. */
function keptWithout(given: DeployFlags["context"], settings: InstallationSettings): InstallationSettings {
  if (given.domain !== "") return settings;
  const { domain: _, hostedZoneId: __, certificateArn: ___, ...others } = settings;
  return others;
}

/** A load balancer takes certificates of its own account and region only, which CloudFormation finds out after some minutes. */
function checkCertificate({ certificateArn }: InstallationSettings, { account, region }: Target): void {
  if (certificateArn === undefined) return;
  const [, , , itsRegion, itsAccount] = certificateArn.split(":");
  if (itsRegion === region && itsAccount === account) return;
  throw new Refused(
    `The certificate of -c certificateArn is in ${itsRegion} of the account ${itsAccount}, and the load balancer will be in ${region} of ${account}. Request or import one there.`,
    { exitCode: 2 },
  );
}

/** Settings of before count until they are set again; what is given overrides them, and an empty value removes them. */
function settingsOf(flags: DeployFlags, installed: InstalledStack | null): InstallationSettings {
  const before: InstallationSettings = keptWithout(flags.context, { ...installed?.settings });
  const context = Object.entries({ ...before, ...flags.context }).filter(([, value]) => value !== "");
  const settings = Object.fromEntries(context);
  const contradiction = contradictionIn(settings);
  if (contradiction !== null) throw new Refused(contradiction, { exitCode: 2 });
  return settings;
}

function cdkWords(flags: DeployFlags, settings: InstallationSettings, target: Target): string[] {
  return [
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    "--region",
    target.region,
    ...(target.profile === null ? [] : ["--profile", target.profile]),
    ...flags.rest,
  ];
}

function succeed(status: number, what: string): void {
  if (status === 0) return;
  throw new Refused(
    `${what} did not succeed, and nothing was done after it. In a new account or region, run npx cdk bootstrap first.`,
  );
}

async function makeAdminToken(
  stackName: string,
  outputs: StackOutputs,
  { flags, deps: { target, terminal, newToken } }: Omit<Deploying, "installed">,
): Promise<void> {
  const token = newToken();
  if (flags.printToken) {
    await seedAdminToken(outputs.TokensTable, token, clientOf(target));
    terminal.say(`\nThe first admin token, shown only now:\n\n  ${token}`);
  } else {
    // Kept first: a token that is valid and kept nowhere would lock everybody out.
    const parameter = await keepAdminToken(stackName, token, target);
    await seedAdminToken(outputs.TokensTable, token, clientOf(target));
    const profile = target.profile === null ? "" : ` --profile ${target.profile}`;
    terminal.say(`\nThe first admin token is in the SSM parameter ${parameter}. Read it with:

  aws ssm get-parameter --name ${parameter} --with-decryption --query Parameter.Value --output text --region ${target.region}${profile}`);
  }
  terminal.say(`\nNext: sign in with it at ${outputs.ControlPlaneUrl}`);
}

const clientOf = ({ region, credentials }: Target) => ({ region, credentials });
