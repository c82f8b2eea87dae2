// Each operation of AWS that the control plane calls is one of the local AWS, and somebody is allowed to call it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { Template } from "aws-cdk-lib/assertions";
import { root, statements, synthesized } from "./synthesized.ts";

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

/** `ecs:RunTask`, by the files that call it. Tables are read in one place, and granted by operation. */
const calls = ["lib/adapters", "functions"]
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)),
  )
  .filter((file) => file.endsWith(".ts"))
  .flatMap((file) => {
    const imports = readFileSync(join(root, file), "utf8").matchAll(
      /import (?!type)\{([^}]*)\} from "@aws-sdk\/(client-[^"]+)"/g,
    );
    return [...imports].flatMap(([, names = "", client = ""]) =>
      [...names.matchAll(/\b(?:(\w+)Command|paginate(\w+))\b/g)].map(([, one, paged]) => ({
        file,
        call: `${prefixes[client] ?? client}:${one ?? paged}`,
      })),
    );
  });

const missing = (known: ReadonlySet<string>, nameOf: (call: string) => string): readonly string[] =>
  calls.filter(({ call }) => !known.has(nameOf(call))).map(({ file, call }) => `${file}: ${nameOf(call)}`);

test("the local AWS has every operation that is called", () => {
  const readme = readFileSync(join(root, "packages/local-aws/README.md"), "utf8");
  const rows = [...readme.matchAll(/^\| `([a-z0-9-]+)` \| [^|]* \| ([^|]*) \|/gm)];
  const there = rows.flatMap(([, scope = "", cell = ""]) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, operation]) => `${scope}:${operation}`),
  );
  const nameOf = (call: string) => {
    const [prefix = "", operation] = call.split(":");
    return `${scopes[prefix] ?? prefix}:${operation}`;
  };
  expect(calls.length).toBeGreaterThan(50);
  expect(missing(new Set(there), nameOf)).toEqual([]);
});

test("a role of the template may call it", () => {
  const whole = synthesized({ domain: "apps.example.com", hostedZoneId: "Z1", privateNames: "true" });
  const allowed = new Set(statements(Template.fromStack(whole)).flatMap(({ Action }) => Action));
  expect(missing(allowed, (call) => actions[call] ?? call)).toEqual([]);
});
