import { parseArgs } from "node:util";
import * as z from "zod";
import { installationName, settingsSchema } from "../infra/installation.ts";
import { Refused } from "./refused.ts";

/** What every command of the operator takes. */
interface OperatorFlags {
  readonly yes: boolean;
  readonly profile: string | null;
  readonly region: string | null;
  /** `-c name=…`; `undefined`: the installation without a name. */
  readonly name: string | undefined;
  /** Everything of `-c`. */
  readonly context: Readonly<Record<string, string>>;
}

export interface DeployFlags extends OperatorFlags {
  readonly plan: boolean;
  readonly printToken: boolean;
  readonly newAdminToken: boolean;
  readonly rotateEdgeSecret: boolean;
  /** `NAME=VALUE` for the template's parameters. */
  readonly parameters: readonly string[];
  /** Handed to `cdk`. */
  readonly rest: readonly string[];
}

export const deployUsage = `npm run deploy -- [flags]

  --plan                  show what would change, and change nothing
  --yes                   do not ask, for CI
  --profile NAME          the AWS profile
  --region NAME           the AWS region
  -c name=NAME            a further installation in the same account and region
  -c domain=DOMAIN        apps are reached below this domain over TLS; empty: no domain
  -c hostedZoneId=ID      the domain's hosted zone in Route 53; makes the certificate and the record
  -c certificateArn=ARN   an issued certificate of *.DOMAIN in ACM, if DNS is elsewhere
  -c vpcId=ID             a VPC that is there, for the load balancers and the tasks of the apps
  -c subnetIds=ID,ID      two or more of its public subnets, one a zone
  -c privateSubnetIds=ID,ID   subnets of the tasks, which then have no public address
  -c securityGroupIds=ID,ID   security groups that tasks have beside Slipway's own
  -c privateNames=true    apps can be internal: only apps reach them, by name; empty: they cannot
  -c rolePath=PATH        the path of the IAM roles that apps can have; empty: /slipway/
  -c alarmEmail=ADDRESS   who gets an e-mail when an alarm rings; empty: nobody
  --parameters NAME=VALUE a parameter of the template, for example MailFrom
  --print-token           print the first admin token instead of where it is stored
  --new-admin-token       replace a lost admin token
  --rotate-edge-secret    renew what the functions know CloudFront by
  -- FLAGS                flags for cdk deploy

Settings made with -c and --parameters stay until they are set again.`;

export interface UninstallFlags extends OperatorFlags {
  /** The tables, too. */
  readonly everything: boolean;
}

export const uninstallUsage = `npm run uninstall -- [flags]

  --yes              do not ask
  --profile NAME     the AWS profile
  --region NAME      the AWS region
  -c name=NAME       the installation with that name
  --keep-data        keep the tables, which is the default
  --everything       delete the tables, too`;

const common = {
  yes: { type: "boolean", short: "y", default: false },
  profile: { type: "string" },
  region: { type: "string" },
  context: { type: "string", short: "c", multiple: true, default: [] as string[] },
} as const;

/** Reads the flags of `npm run deploy`. Throws `Refused` for a wrong one. */
export function readDeployFlags(args: readonly string[]): DeployFlags {
  const { values, positionals } = parsed(deployUsage, () =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...common,
        plan: { type: "boolean", default: false },
        "print-token": { type: "boolean", default: false },
        "new-admin-token": { type: "boolean", default: false },
        "rotate-edge-secret": { type: "boolean", default: false },
        parameters: { type: "string", multiple: true, default: [] as string[] },
      },
    }),
  );
  const end = args.indexOf("--");
  const rest = end === -1 ? [] : args.slice(end + 1);
  const [unexpected] = positionals.slice(0, positionals.length - rest.length);
  if (unexpected !== undefined) throw wrong(`Unexpected argument "${unexpected}".`, deployUsage);
  return {
    ...commonFlags(values, deployUsage, Object.keys(settingsSchema.shape)),
    plan: values.plan,
    printToken: values["print-token"],
    newAdminToken: values["new-admin-token"],
    rotateEdgeSecret: values["rotate-edge-secret"],
    parameters: values.parameters.map((pair) => pairOf(pair, "--parameters", deployUsage).join("=")),
    rest,
  };
}

/** Reads the flags of `npm run uninstall`. Throws `Refused` for a wrong one. */
export function readUninstallFlags(args: readonly string[]): UninstallFlags {
  const { values } = parsed(uninstallUsage, () =>
    parseArgs({
      args: [...args],
      options: {
        ...common,
        everything: { type: "boolean", default: false },
        "keep-data": { type: "boolean", default: false },
      },
    }),
  );
  if (values.everything && values["keep-data"]) {
    throw wrong("--keep-data and --everything contradict each other.", uninstallUsage);
  }
  return { ...commonFlags(values, uninstallUsage, []), everything: values.everything };
}

export interface SmokeFlags extends OperatorFlags {
  /** A server that is there, in place of an installation of its own. */
  readonly url: string | null;
  readonly token: string | null;
  /** `null`: the bundled example, from the checkout's own repository. */
  readonly repo: string | null;
  readonly branch: string;
  readonly rootDir: string | null;
  /** Of the long log. */
  readonly lines: number;
  /** Where the run is written down, and its report. */
  readonly data: string;
}

/** What an installation that is there for a smoke run may have: without a domain its apps have ports. */
const smokeSettings = ["domain", "hostedZoneId", "certificateArn"];

/** A log takes a million lines: docs/limits.md. */
const mostLines = 500_000;

export const smokeUsage = `npm run smoke -- [flags]

Tries Slipway out in an AWS account: installs it under a name of its own, deploys an app in every way, and uninstalls it.

  --yes                 do not ask
  --profile NAME        the AWS profile
  --region NAME         the AWS region
  -c domain=DOMAIN      try apps by name over TLS, with -c hostedZoneId=ID or -c certificateArn=ARN
  --url URL             use the server at this URL and no AWS account; only its own apps are touched
  --token TOKEN         its token                                       SLIPWAY_TOKEN
  --repo URL            the repository of the app; default: the checkout's origin, or a copy of
                        examples/smoke if the server is on this machine
  --branch NAME         its branch (main)
  --root-dir DIRECTORY  where the app lives in it (examples/smoke)
  --lines N             lines of the long log (50000)
  --data DIRECTORY      where the state and the report are kept (.slipway-smoke)

SLIPWAY_GITHUB_WEBHOOK_SECRET is the signing secret of webhooks of the server at --url.
An interrupted run cleans up; one that was killed goes on when it is started again.`;

/** Reads the flags of `npm run smoke`, and its environment. Throws `Refused` for a wrong one. */
export function readSmokeFlags(args: readonly string[], env: Readonly<Record<string, string | undefined>>): SmokeFlags {
  const { values } = parsed(smokeUsage, () =>
    parseArgs({
      args: [...args],
      options: {
        ...common,
        url: { type: "string" },
        token: { type: "string" },
        repo: { type: "string" },
        branch: { type: "string", default: "main" },
        "root-dir": { type: "string" },
        lines: { type: "string", default: "50000" },
        data: { type: "string", default: ".slipway-smoke" },
      },
    }),
  );
  const { url = null, token = null } = values;
  if (url !== null && !URL.canParse(url)) throw wrong(`--url: "${url}" is not a URL.`, smokeUsage);
  if (url !== null && (values.profile ?? values.region) !== undefined)
    throw wrong("--url is for a server that is there: it takes no --profile and no --region.", smokeUsage);
  const given = commonFlags(values, smokeUsage, smokeSettings);
  if (given.name !== undefined)
    throw wrong("A smoke run has an installation of its own: it takes no -c name.", smokeUsage);
  if (url !== null && values.context.length > 0)
    throw wrong("--url is for a server that is there: it takes no -c.", smokeUsage);
  const lines = Number(values.lines);
  if (!Number.isInteger(lines) || lines < 1 || lines > mostLines)
    throw wrong(`--lines takes a number from 1 to ${mostLines}.`, smokeUsage);
  return {
    ...given,
    url: url === null ? null : new URL(url).origin,
    token: token ?? env.SLIPWAY_TOKEN ?? null,
    repo: values.repo ?? null,
    branch: values.branch,
    rootDir: values["root-dir"] ?? null,
    lines,
    data: values.data,
  };
}

interface CommonValues {
  readonly yes: boolean;
  readonly profile?: string | undefined;
  readonly region?: string | undefined;
  readonly context: readonly string[];
}

/** `settings`: what `-c` may set beside the name. Another key is a slip, and would be another installation or no setting at all. */
function commonFlags(
  { yes, profile, region, context }: CommonValues,
  usage: string,
  settings: readonly string[],
): OperatorFlags {
  // A variable of a script that is not set; the default would be another account or region than was meant.
  for (const [flag, value] of Object.entries({ profile, region }))
    if (value?.trim() === "") throw wrong(`--${flag} is empty.`, usage);
  const pairs = Object.fromEntries(context.map((pair) => pairOf(pair, "-c", usage)));
  const unknown = Object.keys(pairs).find((key) => key !== "name" && !settings.includes(key));
  if (unknown !== undefined)
    throw wrong(`Unknown setting "-c ${unknown}". It can be: ${["name", ...settings].join(", ")}.`, usage);
  const known = z.object({ name: installationName.optional() }).extend(emptyAllowed).safeParse(pairs);
  if (!known.success) {
    throw wrong(known.error.issues.map((issue) => `-c ${issue.path.join(".")} ${issue.message}.`).join(" "), usage);
  }
  return { yes, profile: profile ?? null, region: region ?? null, name: known.data.name, context: pairs };
}

/** An empty value removes a setting. */
const emptyAllowed = z.object(
  Object.fromEntries(Object.entries(settingsSchema.shape).map(([key, schema]) => [key, z.literal("").or(schema)])),
).shape;

function pairOf(pair: string, flag: string, usage: string): [string, string] {
  const at = pair.indexOf("=");
  if (at < 1) throw wrong(`${flag} takes NAME=VALUE, not "${pair}".`, usage);
  return [pair.slice(0, at), pair.slice(at + 1)];
}

function parsed<Parsed>(usage: string, parse: () => Parsed): Parsed {
  try {
    return parse();
  } catch (error) {
    // node:util adds advice about positional arguments, which these commands do not take.
    const [sentence = ""] = (error instanceof Error ? error.message : String(error)).split(". ");
    throw wrong(`${sentence}.`, usage);
  }
}

const wrong = (sentence: string, usage: string): Refused => new Refused(`${sentence}\n\n${usage}`, { exitCode: 2 });
