import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

/** The installations whose templates are judged, each with its context. */
const installations: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  plain: {},
  domain: { domain: "apps.example.com", alarmEmail: "alarms@example.com" },
};

const CdkJson = z.looseObject({ context: z.record(z.string(), z.unknown()) });

/** The paths of the synthesized templates, by the name of the installation. Code is not bundled: no tool reads it. */
export function synthesizeTemplates(root: string, directory: string): Readonly<Record<string, string>> {
  const { context } = CdkJson.parse(JSON.parse(readFileSync(join(root, "cdk.json"), "utf8")));
  const paths = Object.entries(installations).map(([name, given]) => {
    const out = join(directory, name);
    mkdirSync(out, { recursive: true });
    const env = {
      ...process.env,
      CDK_OUTDIR: out,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, "aws:cdk:bundling-stacks": [], ...given }),
      // What cdk-nag finds, `npm run synth` and the tests of the infrastructure find, too.
      CDK_VALIDATION: "false",
    };
    const made = spawnSync(process.execPath, ["bin/app.ts"], { cwd: root, env, encoding: "utf8" });
    if (made.status !== 0) throw new Error(`The template of ${name} cannot be synthesized:\n${made.stderr}`);
    return [name, join(out, "Slipway.template.json")] as const;
  });
  return Object.fromEntries(paths);
}
