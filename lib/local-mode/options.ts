import { parseArgs } from "node:util";
import * as z from "zod";

/** How the local mode is started; the contract lists the flags and variables. */
export interface Options {
  readonly port: number;
  readonly host: string;
  readonly data: string;
  /** Of the installation, as `-c name=…` of `npm run deploy`; `null`: it has none. */
  readonly name: string | null;
  readonly demo: boolean;
  readonly fresh: boolean;
  /** `local`: whoever started it gets in, everybody else needs a token; `loopback`: whoever reaches the port. */
  readonly auth: "local" | "loopback" | "required";
  /** Whether a browser may be opened. */
  readonly open: boolean;
  readonly engine: "auto" | "docker" | "podman" | "host";
  /** How long a minute of a bake (and of what is counted during it) or a schedule (the sweep) lasts, in milliseconds. */
  readonly minuteMs: number;
  /**
   * How long a second of a health check's interval and grace lasts, in milliseconds. For tests of releases that fail: a person
   * wants the second that AWS has, so there is no flag.
   */
  readonly secondMs: number;
  readonly allowedOrigins: readonly string[];
  /** Where mails are handed to, besides lying in the data directory. */
  readonly smtp: string | null;
  /** The file to which every call to the local AWS is written; `null`: none. */
  readonly record: string | null;
  /** On a temporary directory and a free port, ending after the demo's deployment. */
  readonly endAfterDemo: boolean;
  readonly adminToken: string | null;
  readonly webhookSecret: string | null;
  /** Where people see GitHub, and its REST API. */
  readonly gitHubUrl: string;
  readonly gitHubApiUrl: string;
}

const duration = z
  .string()
  .regex(/^\d+(ms|s|m)$/, "must be a duration such as 500ms, 60s or 1m")
  .transform((text) => Number.parseInt(text, 10) * (text.endsWith("ms") ? 1 : text.endsWith("s") ? 1000 : 60_000));

const schema = z
  .object({
    port: z.coerce.number("must be a port number").int().min(0).max(65535),
    host: z.string(),
    data: z.string().min(1),
    name: z
      .string()
      .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, "must consist of lower-case letters, digits and single hyphens")
      .max(16)
      .nullable(),
    auth: z.enum(["local", "loopback", "required"]),
    engine: z.enum(["auto", "docker", "podman", "host"]),
    minute: duration,
    second: duration,
    record: z.string().min(1).nullable(),
    smtp: z.url({ protocol: /^smtps?$/, error: "must be an address such as smtp://localhost:1025" }).nullable(),
  })
  .refine((given) => given.auth === "required" || isLoopback(given.host), {
    path: ["host"],
    message: "any other address than a loopback one needs --auth required",
  });

const isLoopback = (host: string): boolean => ["127.0.0.1", "localhost", "::1"].includes(host);

const flags = {
  port: { type: "string" },
  host: { type: "string" },
  data: { type: "string" },
  name: { type: "string" },
  auth: { type: "string" },
  engine: { type: "string" },
  minute: { type: "string" },
  smtp: { type: "string" },
  record: { type: "string" },
  "allow-origin": { type: "string", multiple: true },
  "no-demo": { type: "boolean", default: false },
  "no-open": { type: "boolean", default: false },
  fresh: { type: "boolean", default: false },
  "demo-and-exit": { type: "boolean", default: false },
} as const;

export const usage = `npm start -- [flags]

  --port 8080              the port people use; 0: a free one          PORT
  --host 127.0.0.1         any other needs --auth required             HOST
  --data .slipway          where everything is kept                    SLIPWAY_DATA
  --name NAME              name of the installation, kept in .slipway-NAME
  --fresh                  forget everything first
  --no-demo                do not deploy the bundled example
  --no-open                do not open a browser
  --auth local             only you get in, by a link and slipway;     SLIPWAY_AUTH
                           required: tokens only; loopback: whoever
                           reaches the port, apps and builds included
  --engine auto            docker, podman, or host                     SLIPWAY_ENGINE
  --minute 60s             how long a minute of bakes and schedules lasts  SLIPWAY_MINUTE
  --smtp URL               where mails go, smtp://localhost:1025; without one they are files  SLIPWAY_SMTP
  --record FILE            write every call to the local AWS there, as lines of JSON without secrets
  --allow-origin URL       another page that may call the API

SLIPWAY_ADMIN_TOKEN and SLIPWAY_GITHUB_WEBHOOK_SECRET seed the secrets of those names.
SLIPWAY_GITHUB_URL and SLIPWAY_GITHUB_API_URL lead to a GitHub Enterprise Server.`;

/** Reads flags, then the environment, then defaults. Throws an error that names each wrong one. */
export function readOptions(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Options {
  const { values } = parseArgs({ args: [...args], options: flags });
  const parsed = schema.safeParse({
    port: values.port ?? env.PORT ?? "8080",
    host: values.host ?? env.HOST ?? "127.0.0.1",
    data: values.data ?? env.SLIPWAY_DATA ?? (values.name === undefined ? ".slipway" : `.slipway-${values.name}`),
    name: values.name ?? null,
    auth: values.auth ?? env.SLIPWAY_AUTH ?? "local",
    engine: values.engine ?? env.SLIPWAY_ENGINE ?? "auto",
    minute: values.minute ?? env.SLIPWAY_MINUTE ?? "60s",
    second: env.SLIPWAY_HEALTH_CHECK_SECOND ?? "1s",
    record: values.record ?? null,
    smtp: values.smtp ?? env.SLIPWAY_SMTP ?? null,
  });
  if (!parsed.success) {
    throw new Error(parsed.error.issues.map((issue) => `--${issue.path.join(".")} ${issue.message}`).join("; "));
  }
  const { minute, second, ...given } = parsed.data;
  return {
    ...given,
    minuteMs: minute,
    secondMs: second,
    demo: !values["no-demo"],
    open: !values["no-open"],
    fresh: values.fresh,
    allowedOrigins: values["allow-origin"] ?? [],
    endAfterDemo: values["demo-and-exit"],
    adminToken: env.SLIPWAY_ADMIN_TOKEN ?? null,
    webhookSecret: env.SLIPWAY_GITHUB_WEBHOOK_SECRET ?? null,
    gitHubUrl: env.SLIPWAY_GITHUB_URL ?? "https://github.com",
    gitHubApiUrl: env.SLIPWAY_GITHUB_API_URL ?? "https://api.github.com",
  };
}
