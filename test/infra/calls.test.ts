// Each operation of AWS that a function calls is one of the local AWS, and one that the function is granted.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { Template } from "aws-cdk-lib/assertions";
import { build, type Plugin } from "esbuild";
import { type FunctionName, functionNames } from "../../lib/infra/functions.ts";
import { functions, root, statements, synthesized } from "./synthesized.ts";

const whole = synthesized({ domain: "apps.example.com", hostedZoneId: "Z1", privateNames: "true" });
const granted = statements(Template.fromStack(whole));

/** The prefix of the IAM actions of each client, by its package. */
const prefixes: Readonly<Record<string, string>> = {
  "client-acm": "acm",
  "client-apigatewaymanagementapi": "execute-api",
  "client-application-auto-scaling": "application-autoscaling",
  "client-cloudwatch": "cloudwatch",
  "client-cloudwatch-logs": "logs",
  "client-codebuild": "codebuild",
  "client-ecr": "ecr",
  "client-ecs": "ecs",
  "client-elastic-load-balancing-v2": "elasticloadbalancing",
  "client-eventbridge": "events",
  "client-iam": "iam",
  "client-route-53": "route53",
  "client-scheduler": "scheduler",
  "client-secrets-manager": "secretsmanager",
  "client-sesv2": "ses",
  "client-sqs": "sqs",
  "client-ssm": "ssm",
  "client-sts": "sts",
};
/** Where the README of the local AWS has another name. */
const scopes: Readonly<Record<string, string>> = { cloudwatch: "monitoring" };
/** Operations whose action has another name. */
const actions: Readonly<Record<string, string>> = { "execute-api:DeleteConnection": "execute-api:ManageConnections" };

/** What lies in the bundle of a function beside what it calls: an adapter that reads and writes for one that only does either. */
const uncalled: Readonly<Partial<Record<FunctionName, readonly string[]>>> = {
  "api-to-notices": ["ssm:DeleteParameters", "ssm:PutParameter"],
  "api-to-queue": ["logs:FilterLogEvents", "sqs:GetQueueAttributes", "ssm:GetParametersByPath"],
  "build-to-rows": ["sqs:GetQueueAttributes", "ssm:DeleteParameters", "ssm:PutParameter"],
  "bus-to-notices": ["ssm:DeleteParameters", "ssm:PutParameter"],
  "queue-to-work": ["elasticloadbalancing:DescribeTargetHealth", "ssm:PutParameter"],
  "rows-to-readers": ["ssm:DeleteParameters", "ssm:PutParameter"],
  sockets: ["sqs:GetQueueAttributes"],
  "webhook-to-queue": ["sqs:GetQueueAttributes"],
};

const installed: Plugin = {
  name: "installed packages are not bundled",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^[^.]/ }, ({ path, kind }) =>
      kind === "entry-point" || path.startsWith("@slipway/") ? undefined : { path, external: true },
    ),
};

/** The operations in the bundle of a function, as `ecs:RunTask`. Tables are read in one place, and granted by operation. */
async function callsOf(name: FunctionName): Promise<readonly string[]> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [`functions/${name}/index.ts`],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    plugins: [installed],
  });
  const imports = outputFiles[0]?.text.matchAll(/import \{([^}]*)\} from "@aws-sdk\/(client-[^"]+)"/g) ?? [];
  const calls = [...imports].flatMap(([, names = "", client = ""]) =>
    [...names.matchAll(/(?<! as )\b(?:(\w+)Command|paginate(\w+))\b/g)].map(
      ([, one, paged]) => `${prefixes[client] ?? client}:${one ?? paged}`,
    ),
  );
  return [...new Set(calls)].toSorted();
}

const calls = new Map(await Promise.all(functionNames.map(async (name) => [name, await callsOf(name)] as const)));

test("the local AWS has every operation that is called", () => {
  const readme = readFileSync(join(root, "packages/local-aws/README.md"), "utf8");
  const rows = [...readme.matchAll(/^\| `([a-z0-9-]+)` \| [^|]* \| ([^|]*) \|/gm)];
  const there = rows.flatMap(([, scope = "", cell = ""]) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, operation]) => `${scope}:${operation}`),
  );
  const inReadme = (call: string): string => {
    const [prefix = "", operation] = call.split(":");
    return `${scopes[prefix] ?? prefix}:${operation}`;
  };
  const all = [...new Set([...calls.values()].flat())];
  expect(all.length).toBeGreaterThan(70);
  expect(all.map(inReadme).filter((call) => !there.includes(call))).toEqual([]);
});

test.each(functionNames)("%s may call what it calls", (name) => {
  const role = functions().find((one) => one.name === name)?.role;
  const allowed = granted.filter((one) => one.role === role).flatMap(({ Action }) => Action);
  const refused = calls.get(name)?.filter((call) => !allowed.includes(actions[call] ?? call));
  // Grant it in lib/infra/function-grants.ts, or say above that it is never called.
  expect(refused).toEqual(uncalled[name] ?? []);
});
