import { createHash } from "node:crypto";
import * as z from "zod";

/** The name of an installation, `-c name=staging`: it distinguishes several in one account and region. */
export const installationName = z
  .string()
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, "must consist of lower-case letters, digits and single hyphens")
  .max(16);

/** The stack of an installation; `undefined` is the one without a name. */
export const stackNameOf = (name: string | undefined): string => (name === undefined ? "Slipway" : `Slipway-${name}`);

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
  /** Who gets an e-mail when an alarm of the installation changes its state. */
  alarmEmail: z.email("must be an e-mail address").optional(),
});
export type InstallationSettings = z.infer<typeof settingsSchema>;

/** What a context names: the stack, and its settings. An empty value is none. Throws where one is wrong. */
export function readInstallation(contextOf: (key: string) => unknown): {
  readonly stackName: string;
  readonly settings: InstallationSettings;
} {
  const given = (key: string): unknown => (contextOf(key) === "" ? undefined : contextOf(key));
  const settings = Object.fromEntries(Object.keys(settingsSchema.shape).map((key) => [key, given(key)]));
  return {
    stackName: stackNameOf(installationName.optional().parse(given("name"))),
    settings: settingsSchema.parse(settings),
  };
}

/** How names of an installation begin that have room: `slipway`, `slipway-staging`. */
export const longPrefix = (stackName: string): string => stackName.toLowerCase();

/**
 * How everything begins that releases make, as in `slipway-1f2e3d4c-7`. Names of load balancers and target groups have 32
 * characters at most. The hash has one length, so that no installation's `…-*` matches another's.
 */
export const runTimePrefix = (stackName: string): string =>
  `slipway-${createHash("sha256").update(stackName).digest("hex").slice(0, 8)}`;

/** The tag of everything that belongs to an installation; its value is {@link longPrefix}. */
export const installationTag = "slipway:installation";
