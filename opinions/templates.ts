import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod";

/** What an installation with a domain has in its context, with all else that can be set. */
const withDomain = {
  domain: "apps.example.com",
  hostedZoneId: "Z0123456789ABCDEFGHIJ",
  alarmEmail: "alarms@example.com",
  privateNames: "true",
};
/** What one has whose apps run in a VPC that is there, without public addresses. */
const inVpc = {
  vpcId: "vpc-0123456789abcdef0",
  subnetIds: "subnet-0123456789abcdef0,subnet-0123456789abcdef1",
  privateSubnetIds: "subnet-0123456789abcdef2,subnet-0123456789abcdef3",
  securityGroupIds: "sg-0123456789abcdef0",
};
/** No tool but MiniStack reads the bundles. */
const unbundled = { "aws:cdk:bundling-stacks": [] };

const CdkJson = z.looseObject({ context: z.record(z.string(), z.unknown()) });

/** Synthesizes the app into a directory; answers the path of its template. */
function synthesize(root: string, out: string, given: Readonly<Record<string, unknown>>): string {
  const { context } = CdkJson.parse(JSON.parse(readFileSync(join(root, "cdk.json"), "utf8")));
  mkdirSync(out, { recursive: true });
  const env = {
    ...process.env,
    CDK_OUTDIR: out,
    CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...given }),
    // What cdk-nag finds, `npm run synth` and the tests of the infrastructure find, too.
    CDK_VALIDATION: "false",
  };
  const made = spawnSync(process.execPath, ["bin/app.ts"], { cwd: root, env, encoding: "utf8" });
  if (made.status !== 0) throw new Error(`The template cannot be synthesized into ${out}:\n${made.stderr}`);
  return join(out, "Slipway.template.json");
}

/** The paths of the templates without and with a domain, and in a VPC that is there. */
export const synthesizeTemplates = (
  root: string,
  directory: string,
): readonly [plain: string, domain: string, vpc: string] => [
  synthesize(root, join(directory, "plain"), unbundled),
  synthesize(root, join(directory, "domain"), { ...unbundled, ...withDomain }),
  synthesize(root, join(directory, "vpc"), { ...unbundled, ...withDomain, ...inVpc }),
];

/** The directory of the whole assembly, bundles included, as it would be deployed without a domain. */
export const synthesizeAssembly = (root: string, directory: string): string =>
  dirname(synthesize(root, join(directory, "assembly"), {}));
