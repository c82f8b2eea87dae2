import { withoutEnd } from "@slipway/text/trim";
import * as z from "zod";

const text = z.string().min(1);
const list = z.string().transform((value) =>
  value
    .split(",")
    .map((entry) => entry.trim())
    .filter(Boolean),
);

const allowed = z.enum(["refused", "allowed"]).transform((value) => value === "allowed");

const withoutSlash = (url: string): string => withoutEnd(url, "/");

/** Every variable that a function may be given, with what it means; docs/architecture.md lists them. */
const variables = {
  DEPLOYMENTS_TABLE: text,
  APPS_TABLE: text,
  RELEASES_TABLE: text,
  RUNS_TABLE: text,
  TOKENS_TABLE: text,
  REQUESTS_TABLE: text,
  COUNTERS_TABLE: text,
  METRICS_TABLE: text,
  AUDIT_TABLE: text,
  NOTICES_TABLE: text,
  WORK_QUEUE_URL: text,
  WORK_QUEUE_ARN: text,
  CRON_GROUP: text,
  CRON_ROLE_ARN: text,
  NOTICE_QUEUE_URL: text,
  EVENT_BUS: text,
  BUILD_PROJECT: text,
  REPOSITORIES_URI: text,
  REPOSITORIES_ARN: text,
  IMAGE_ROLE_ARN: text,
  INSTALLATION: text,
  NAME_PREFIX: text,
  ECS_CLUSTER: text,
  TASK_EXECUTION_ROLE_ARN: text,
  TASK_ROLE_ARN: text,
  APP_ROLES_ARN: text,
  INFRASTRUCTURE_ROLE_ARN: text,
  APP_LOG_GROUP: text,
  VPC_ID: text,
  SUBNET_IDS: list,
  LOAD_BALANCER_SECURITY_GROUP_ID: text,
  TASK_SUBNET_IDS: list,
  TASK_SECURITY_GROUP_IDS: list,
  TASK_PUBLIC_ADDRESS: z.enum(["assigned", "none"]).transform((value) => value === "assigned"),
  SECRETS_PREFIX: text,
  ENDPOINTS_PREFIX: text,
  SOCKETS_ENDPOINT: text,
  AUTH_MODE: z.enum(["required", "local", "loopback"]),
  ALLOWED_ORIGINS: list,
  EDGE_SECRETS: list,
  LOCAL_REPOSITORIES: allowed,
  LOCAL_ENDPOINTS: allowed,
  MAX_HELD_READS: z.coerce.number().int().min(0),
  MAX_CONCURRENT_BUILDS: z.coerce.number().int().min(0),
  MAIL_FROM: z.string(),
  APP_URL: z.string(),
  APP_DOMAIN: z.string(),
  APP_CERTIFICATE_ARN: z.string(),
  APP_HOSTED_ZONE_ID: z.string(),
  APP_CERTIFICATE_AUTHORITY: z.string(),
  PRIVATE_DOMAIN: z.string(),
  PRIVATE_URL: z.string(),
  PRIVATE_HOSTED_ZONE_ID: z.string(),
  PRIVATE_SECURITY_GROUP_ID: z.string(),
  PUBLIC_URL: z.string(),
  GITHUB_URL: z.url().transform(withoutSlash),
  GITHUB_API_URL: z.url().transform(withoutSlash),
  GITHUB_APP_PARAMETER: text,
  GITHUB_WEBHOOK_SECRET_ARN: text,
  AWS_REGION: text,
} as const;

type Variables = typeof variables;
type Name = keyof Variables;

/** Reads the variables that a function uses. Every missing or wrong one is named in one error, at the cold start. */
export function configuration<const Names extends readonly Name[]>(
  ...names: Names
): { [N in Names[number]]: z.output<Variables[N]> } {
  const wrong: string[] = [];
  const values = names.map((name) => {
    const parsed = variables[name].safeParse(process.env[name]);
    if (!parsed.success) wrong.push(`${name}: ${parsed.error.issues[0]?.message}`);
    return [name, parsed.data];
  });
  if (wrong.length > 0) throw new Error(`The function's environment is wrong. ${wrong.join("; ")}`);
  return Object.fromEntries(values);
}
