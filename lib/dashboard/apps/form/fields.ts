import type { KindOf } from "./kinds.ts";
import { type CreateApp, retentionDays } from "./schemas.ts";
import type { SectionName } from "./sections.ts";

/** Settings with a control of their own, which `form-parts.ts` puts into a section. */
type SpecialName =
  | "buildArgs"
  | "buildSecrets"
  | "cpu"
  | "memory"
  | "env"
  | "secrets"
  | "gitToken"
  | "strategy"
  | "autoRollback"
  | "alarms"
  | "notifications"
  | "processes"
  | "crons"
  | "instances"
  | "scaling";

/** Settings that are one control: all others. */
export type PlainName = Exclude<keyof CreateApp, SpecialName>;

/** A setting as it is shown and typed. */
export interface FieldSpec<Kind extends string = string> {
  readonly section: SectionName;
  readonly kind: Kind;
  readonly label: string;
  readonly hint?: string;
  readonly unit?: string;
  /** Beside its neighbour, where there is room. */
  readonly isHalf?: true;
  /** Of the kinds `choice` and `numberChoice`. */
  readonly options?: readonly { readonly value: string; readonly label: string }[];
  /** Only decided when an app is created. */
  readonly isFixed?: true;
  /** Only shown while another setting has this value. */
  readonly shownIf?: { readonly name: string; readonly is: string | boolean };
}

type Fields = { readonly [Name in PlainName]: FieldSpec<KindOf<CreateApp[Name]>> };

/**
 * Every setting that is one control, in the order of its section. A setting of the contract that is neither here nor a
 * {@link SpecialName} does not compile; reading, checking, saving and showing it follow from its entry.
 */
export const fields = {
  name: { section: "general", kind: "text", label: "Name", hint: "Used in the app's URL." },
  internal: {
    section: "general",
    kind: "check",
    label: "Internal",
    hint: "Only your other apps reach it, at a private name. Needs an installation with private names. You can't change this later.",
    isFixed: true,
  },

  repoUrl: {
    section: "source",
    kind: "text",
    label: "Repository",
    hint: "An https:// URL, or a path on this machine in local mode.",
  },
  branch: { section: "source", kind: "text", label: "Branch", isHalf: true },
  rootDir: { section: "source", kind: "text", label: "Root directory", hint: "The build context.", isHalf: true },
  dockerfile: {
    section: "source",
    kind: "text",
    label: "Dockerfile",
    hint: "Relative to the root directory, inside or outside of it.",
    isHalf: true,
  },
  watchPaths: {
    section: "source",
    kind: "list",
    label: "Watched paths",
    hint: "Comma-separated globs, relative to the repository root. Only pushes that change a matching path are deployed. Empty: the root directory and the Dockerfile.",
    isHalf: true,
  },

  buildTarget: { section: "build", kind: "optionalText", label: "Target stage", hint: "Empty: the last stage." },
  architecture: {
    section: "build",
    kind: "choice",
    label: "Architecture",
    options: [
      { value: "x86_64", label: "x86_64 (Intel, AMD)" },
      { value: "arm64", label: "arm64 (AWS Graviton)" },
    ],
    hint: "Takes effect with the next build. The local mode always uses the machine's own.",
  },
  buildCache: {
    section: "build",
    kind: "check",
    label: "Reuse steps of earlier builds",
    hint: "If off, every build runs all steps.",
  },

  port: {
    section: "runtime",
    kind: "optionalNumber",
    label: "Port",
    hint: "The port the app listens on. Empty: the port that the image exposes, otherwise 3000.",
    isHalf: true,
  },
  healthCheckPath: {
    section: "runtime",
    kind: "optionalText",
    label: "Health check path",
    hint: "Empty: the path in the image's HEALTHCHECK, otherwise /.",
    isHalf: true,
  },
  startupSeconds: {
    section: "runtime",
    kind: "number",
    label: "Startup time",
    unit: "seconds",
    hint: "How long the app may take to become healthy after it starts.",
    isHalf: true,
  },
  stopSeconds: {
    section: "runtime",
    kind: "number",
    label: "Stop time",
    unit: "seconds",
    hint: "How long a task may take to stop after SIGTERM, up to 120. Then it is killed.",
    isHalf: true,
  },
  healthCheckExpect: {
    section: "runtime",
    kind: "text",
    label: "Healthy status codes",
    hint: "From 200 to 499: a code, a range, or several of them, separated by commas.",
    isHalf: true,
  },
  logRetentionDays: {
    section: "runtime",
    kind: "numberChoice",
    label: "Keep logs for",
    options: retentionDays.map((days) => ({ value: String(days), label: days === 1 ? "1 day" : `${days} days` })),
    isHalf: true,
  },
  role: {
    section: "runtime",
    kind: "optionalText",
    label: "IAM role",
    hint: "What the app may do on AWS. A role with the path of the installation, which slipway roles template prints. Empty: nothing.",
  },
  runs: {
    section: "runtime",
    kind: "check",
    label: "Allow one-off commands",
    hint: "Deployers can run commands with the app's image and settings.",
  },

  releaseCommand: {
    section: "release",
    kind: "command",
    label: "Release command",
    hint: "Runs once before a release gets traffic, for example npm run migrate. If it fails, nothing is released.",
    isHalf: true,
  },
  releaseCommandMinutes: {
    section: "release",
    kind: "number",
    label: "Release command limit",
    unit: "minutes",
    hint: "It is stopped when it has run for this long.",
    isHalf: true,
  },

  keepReleases: {
    section: "rollback",
    kind: "number",
    label: "Releases to keep",
    hint: "How many releases you can roll back to.",
    isHalf: true,
  },
  afterRollback: {
    section: "rollback",
    kind: "choice",
    label: "Pushes after a rollback",
    options: [
      { value: "hold", label: "Skip until someone deploys or unpins" },
      { value: "resume", label: "Deploy as usual" },
    ],
    isHalf: true,
  },

  domains: {
    section: "domains",
    kind: "list",
    label: "Domains",
    hint: "Comma-separated, such as shop.example.com. An apex domain (example.com) needs an ALIAS or ANAME record at your DNS provider. Name each domain: wildcards are not possible.",
  },
  renameGraceDays: {
    section: "domains",
    kind: "number",
    label: "Redirect an old name for",
    unit: "days",
    hint: "After a change of name, on an installation with a domain.",
  },

  approval: {
    section: "approval",
    kind: "choice",
    label: "Approval",
    options: [
      { value: "none", label: "Not needed" },
      { value: "required", label: "Required" },
    ],
  },
  approvers: {
    section: "approval",
    kind: "list",
    label: "Approvers",
    hint: "Comma-separated names. Empty: every deployer.",
    shownIf: { name: "approval", is: "required" },
    isHalf: true,
  },
  approvalExpiryMinutes: {
    section: "approval",
    kind: "number",
    label: "Expires after",
    unit: "minutes",
    hint: "The deployment is then cancelled.",
    shownIf: { name: "approval", is: "required" },
    isHalf: true,
  },
  allowSelfApproval: {
    section: "approval",
    kind: "check",
    label: "Allow self-approval",
    hint: "If off, someone else must approve.",
    shownIf: { name: "approval", is: "required" },
  },

  autoDeploy: {
    section: "pushes",
    kind: "check",
    label: "Deploy pushes automatically",
    hint: "If off, pushes are ignored and not deployed later. You can still deploy by hand.",
  },
  pauseReason: {
    section: "pushes",
    kind: "optionalText",
    label: "Why",
    hint: "Shown on the app's page, beside your name.",
    shownIf: { name: "autoDeploy", is: false },
  },
  onNewPush: {
    section: "pushes",
    kind: "choice",
    label: "A push during a deployment",
    options: [
      { value: "queue_latest", label: "Queue the latest" },
      { value: "cancel_running", label: "Cancel the running deployment" },
    ],
  },
} as const satisfies Fields;

/** The settings of a section that are one control. */
export const namesIn = (section: SectionName): readonly PlainName[] =>
  plainNames.filter((name) => fields[name].section === section);

export const plainNames = Object.keys(fields) as readonly PlainName[];

const specOf = (name: PlainName): FieldSpec => fields[name];

/** The settings that cannot be changed once an app is there. */
export const fixedNames = plainNames.filter((name) => specOf(name).isFixed === true);
