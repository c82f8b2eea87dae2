import { createHash } from "node:crypto";
import * as z from "zod";

/** The name of an installation, `-c name=staging`: it distinguishes several in one account and region. */
export const installationName = z
  .string()
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, "must consist of lower-case letters, digits and single hyphens")
  .max(16, "must have at most 16 characters");

/** The stack of an installation; `undefined` is the one without a name. */
export const stackNameOf = (name: string | undefined): string => (name === undefined ? "Slipway" : `Slipway-${name}`);

const ids = (kind: string) =>
  z
    .string()
    .regex(
      new RegExp(`^${kind}-[0-9a-f]{8,17}(,${kind}-[0-9a-f]{8,17})*$`),
      `must be IDs such as ${kind}-0a1b2c3d, separated by commas`,
    )
    .refine((text) => new Set(text.split(",")).size === text.split(",").length, "must name each only once");

/** A network interface has five, one of which is the installation's: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html */
const mostSecurityGroups = 4;

/** The key in the template's metadata under which the settings of the installation lie. */
export const settingsKey = "Slipway::Settings";

/**
 * What `-c` sets and later deployments keep until it is set again; an empty value removes it. The template carries them, because
 * CloudFormation keeps a parameter's previous value when only its default changes.
 */
export const settingsSchema = z.object({
  /** Under which the apps are reached by name: `apps.example.com`. */
  domain: z
    .string()
    .regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, "must be a domain such as apps.example.com")
    .optional(),
  /** The Route 53 hosted zone in this account that the domain lies in: its records and the certificate are made there. */
  hostedZoneId: z
    .string()
    .regex(/^[A-Z0-9]{1,32}$/, "must be the ID of a hosted zone such as Z0123456789ABCDEFGHIJ")
    .optional(),
  /** A certificate of `*.<domain>` for a domain whose DNS is elsewhere. */
  certificateArn: z
    .string()
    .regex(/^arn:[\w-]+:acm:[\w-]+:\d{12}:certificate\/[\w-]+$/, "must be the ARN of a certificate in ACM")
    .optional(),
  /** The path of the IAM roles that apps may have; by default that of the installation's name, as `/slipway/`. */
  rolePath: z
    .string()
    .regex(/^\/([\w+=,.@-]+\/)+$/, "must be a path such as /slipway/")
    .max(512, "must have at most 512 characters")
    .optional(),
  /** The VPC of the apps, which is there already; by default the installation has one of its own. */
  vpcId: z
    .string()
    .regex(/^vpc-[0-9a-f]{8,17}$/, "must be the ID of a VPC such as vpc-0a1b2c3d")
    .optional(),
  /** The public subnets of that VPC, one a zone: those of the load balancers, and of the tasks if they have none of their own. */
  subnetIds: ids("subnet").optional(),
  /** The subnets of the tasks, which then have no public address. */
  privateSubnetIds: ids("subnet").optional(),
  /** Security groups that tasks have beside the installation's own. */
  securityGroupIds: ids("sg")
    .refine((text) => text.split(",").length <= mostSecurityGroups, `must be at most ${mostSecurityGroups}`)
    .optional(),
  /** Whether apps may be internal: reached by apps only, at a name of the installation's own. */
  privateNames: z.literal("true", "must be true, or empty for an installation without them").optional(),
  /** Who gets an e-mail when an alarm of the installation changes its state. */
  alarmEmail: z.email("must be an e-mail address").optional(),
});
export type InstallationSettings = z.infer<typeof settingsSchema>;

/** What is wrong with settings that do not go together, as a sentence; `null`: nothing. */
export const contradictionIn = (settings: InstallationSettings): string | null =>
  domainContradiction(settings) ?? networkContradiction(settings);

function networkContradiction({ vpcId, ...others }: InstallationSettings): string | null {
  const { subnetIds, privateSubnetIds } = others;
  if (vpcId === undefined) {
    const alone = (["subnetIds", "privateSubnetIds", "securityGroupIds"] as const).filter((key) => others[key]);
    return alone.length === 0 ? null : `-c ${alone.join(" and -c ")} need -c vpcId=ID of their VPC.`;
  }
  if (subnetIds === undefined)
    return `-c vpcId=${vpcId} needs -c subnetIds=ID,ID of two of its public subnets: the load balancers are there.`;
  for (const [key, given] of Object.entries({ subnetIds, privateSubnetIds }))
    if (given !== undefined && listed(given).length < 2)
      return `-c ${key}=${given} is one subnet: it takes two at least, in different availability zones.`;
  const both = listed(subnetIds).find((id) => listed(privateSubnetIds).includes(id));
  return both === undefined
    ? null
    : `${both} is in -c subnetIds and in -c privateSubnetIds: it can only be one of them.`;
}

/** The IDs of a setting that has several. */
export const listed = (setting: string | undefined): readonly string[] => setting?.split(",") ?? [];

function domainContradiction({ domain, hostedZoneId, certificateArn }: InstallationSettings): string | null {
  if (domain === undefined) {
    const alone = [...(hostedZoneId ? ["hostedZoneId"] : []), ...(certificateArn ? ["certificateArn"] : [])];
    return alone.length === 0 ? null : `-c ${alone.join(" and -c ")} need -c domain=DOMAIN.`;
  }
  if (hostedZoneId === undefined && certificateArn === undefined)
    return `-c domain=${domain} needs -c hostedZoneId=ID, if Route 53 has its zone, or -c certificateArn=ARN of an issued certificate of *.${domain}.`;
  return null;
}

/** What a context names: the stack, and its settings. An empty value is none. Throws where one is wrong. */
export function readInstallation(contextOf: (key: string) => unknown): {
  readonly stackName: string;
  readonly settings: InstallationSettings;
} {
  const given = (key: string): unknown => (contextOf(key) === "" ? undefined : contextOf(key));
  const settings = Object.fromEntries(Object.keys(settingsSchema.shape).map((key) => [key, given(key)]));
  const parsed = settingsSchema.parse(settings);
  const contradiction = contradictionIn(parsed);
  if (contradiction !== null) throw new Error(contradiction);
  return { stackName: stackNameOf(installationName.optional().parse(given("name"))), settings: parsed };
}

/** How names of an installation begin that have room: `slipway`, `slipway-staging`. */
export const longPrefix = (stackName: string): string => stackName.toLowerCase();

/** Below which internal apps have their names, in the VPC of their installation only: `slipway-staging.internal`. */
export const privateDomain = (stackName: string): string => `${longPrefix(stackName)}.internal`;

/**
 * How everything begins that releases make, as in `slipway-1f2e3d4c-7`. Names of load balancers and target groups have 32
 * characters at most. The hash has one length, so that no installation's `…-*` matches another's.
 */
export const runTimePrefix = (stackName: string): string =>
  `slipway-${createHash("sha256").update(stackName).digest("hex").slice(0, 8)}`;

/** The tag of everything that belongs to an installation; its value is {@link longPrefix}. */
export const installationTag = "slipway:installation";
