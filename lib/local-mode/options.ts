import { parseArgs } from "node:util";
import * as z from "zod";

/** How the local mode is started; the contract lists the flags and variables. */
export interface Options {
  readonly port: number;
  readonly host: string;
  readonly data: string;
  /** Of the installation, as `-c name=…` of `npm run deploy`; `null`: it has none. */
  readonly name: string | null;
  /** Under which apps are reached by name over TLS, as `-c domain=…` of `npm run deploy`; `null`: at `<app>.localhost`, over HTTP. */
  readonly domain: string | null;
  /** The port of apps over TLS, where there is a domain. */
  readonly httpsPort: number;
  /** Whether apps may be internal, as with `-c privateNames=true` of `npm run deploy`. */
  readonly privateNames: boolean;
  /** The port at which apps reach internal ones. */
  readonly privatePort: number;
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
  /**
   * Of the ports for apps, those that apps may take: every `of`th, from the `nth` on. For tests that run beside one another, where
   * one's app must not get the port and the requests of another's that was stopped.
   */
  readonly appPorts: { readonly nth: number; readonly of: number };
  readonly allowedOrigins: readonly string[];
  /** Where mails are handed to, besides lying in the data directory. */
  readonly smtp: string | null;
  /** The file to which every call to the local AWS is written; `null`: none. */
  readonly record: string | null;
  /** A CloudFormation template of the IAM roles that apps may have; `null`: there are none. */
  readonly roles: string | null;
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

const portShare = z
  .string()
  .regex(/^\d+\/[1-9]\d*$/, "must be a share such as 1/4")
  .transform((text) => {
    const [nth = 0, of = 1] = text.split("/").map(Number);
    return { nth, of };
  });

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
    domain: z
      .string()
      .regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, "must be a domain such as apps.localhost")
      .nullable(),
    "https-port": z.coerce.number("must be a port number").int().min(0).max(65535),
    "private-port": z.coerce.number("must be a port number").int().min(0).max(65535),
    auth: z.enum(["local", "loopback", "required"]),
    engine: z.enum(["auto", "docker", "podman", "host"]),
    minute: duration,
    second: duration,
    "app-ports": portShare,
    record: z.string().min(1).nullable(),
    roles: z.string().min(1).nullable(),
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
  domain: { type: "string" },
  "https-port": { type: "string" },
  "private-names": { type: "boolean" },
  "private-port": { type: "string" },
  auth: { type: "string" },
  engine: { type: "string" },
  minute: { type: "string" },
  smtp: { type: "string" },
  record: { type: "string" },
  roles: { type: "string" },
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
  --domain NAME            apps at https://<app>.NAME:8443, as on AWS with a domain; apps.localhost
                           needs no DNS. The certificate authority is .slipway/acm/ca.pem
  --https-port 8443        the port of apps with --domain; 0: a free one
  --private-names          apps can be internal: only apps reach them, at   SLIPWAY_PRIVATE_NAMES=true
                           http://<app>.slipway.internal:8081
  --private-port 8081      the port of internal apps; 0: a free one    SLIPWAY_PRIVATE_PORT
  --fresh                  forget everything first
  --no-demo                do not deploy the bundled example
  --no-open                do not open a browser
  --auth local             only you get in, by a link and slipway;     SLIPWAY_AUTH
                           required: tokens only; loopback: whoever
                           reaches the port, apps and builds included
  --engine auto            docker, podman, or host                     SLIPWAY_ENGINE
  --minute 60s             how long a minute of bakes and schedules lasts  SLIPWAY_MINUTE
  --smtp URL               where mails go, smtp://localhost:1025; without one they are files  SLIPWAY_SMTP
  --roles FILE             IAM roles that apps can have, as a CloudFormation template  SLIPWAY_ROLES
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
    domain: values.domain ?? env.SLIPWAY_DOMAIN ?? null,
    "https-port": values["https-port"] ?? env.SLIPWAY_HTTPS_PORT ?? "8443",
    "private-port": values["private-port"] ?? env.SLIPWAY_PRIVATE_PORT ?? "8081",
    auth: values.auth ?? env.SLIPWAY_AUTH ?? "local",
    engine: values.engine ?? env.SLIPWAY_ENGINE ?? "auto",
    minute: values.minute ?? env.SLIPWAY_MINUTE ?? "60s",
    second: env.SLIPWAY_HEALTH_CHECK_SECOND ?? "1s",
    "app-ports": env.SLIPWAY_APP_PORTS ?? "0/1",
    record: values.record ?? null,
    roles: values.roles ?? env.SLIPWAY_ROLES ?? null,
    smtp: values.smtp ?? env.SLIPWAY_SMTP ?? null,
  });
  if (!parsed.success) {
    throw new Error(parsed.error.issues.map((issue) => `--${issue.path.join(".")} ${issue.message}`).join("; "));
  }
  const {
    minute,
    second,
    "app-ports": appPorts,
    "https-port": httpsPort,
    "private-port": privatePort,
    ...given
  } = parsed.data;
  return {
    ...given,
    httpsPort,
    privateNames: values["private-names"] ?? env.SLIPWAY_PRIVATE_NAMES === "true",
    privatePort,
    minuteMs: minute,
    secondMs: second,
    appPorts,
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
