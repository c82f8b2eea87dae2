import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createProcesses } from "@slipway/local-aws/containers/processes/processes";
import { systemClock } from "@slipway/local-aws/kernel/clock";
import * as z from "zod";
import { builtDashboard } from "../lib/checkout/dashboard.ts";
import { nodeRunner } from "../lib/checkout/run-node.ts";
import { hasTokens, seedAdminToken } from "../lib/operator/admin-token.ts";
import { publishDashboard } from "../lib/operator/dashboard-files.ts";
import { renewEdgeSecret } from "../lib/operator/edge-secret.ts";

/**
 * Deploys the template to the account that the AWS environment names, then says what to do next. `--rotate-edge-secret`
 * also renews what the functions know the distribution by; everything else is handed to `cdk deploy`.
 */

const root = resolve(import.meta.dirname, "..");
const outputsSchema = z.record(
  z.string(),
  z.object({
    ControlPlaneUrl: z.string(),
    TokensTable: z.string(),
    DashboardBucket: z.string(),
    EdgeSecretArn: z.string(),
  }),
);
const rotation = "--rotate-edge-secret";
const given = process.argv.slice(2).filter((word) => word !== rotation);

const makers = createProcesses(systemClock);
const dashboard = await builtDashboard(root, nodeRunner(makers, root, process.env));
await makers.close();

/** Runs `cdk deploy` and answers the stack's outputs. Ends this process where it fails. */
function deploy(parameters: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "slipway-outputs-"));
  const file = join(folder, "outputs.json");
  const cdk = join(root, "node_modules/aws-cdk/bin/cdk");
  const named = Object.entries(parameters).flatMap(([name, value]) => ["--parameters", `${name}=${value}`]);
  const words = [cdk, "deploy", "--outputs-file", file, ...given, ...named];
  const deployed = spawnSync(process.execPath, words, { cwd: root, stdio: "inherit" });
  if (deployed.status !== 0 || !existsSync(file)) {
    process.stderr.write(
      "\nNothing more was done: cdk deploy did not succeed. In a new account, run npx cdk bootstrap first.\n",
    );
    process.exit(deployed.status ?? 1);
  }
  const [outputs] = Object.values(outputsSchema.parse(JSON.parse(readFileSync(file, "utf8"))));
  rmSync(folder, { recursive: true });
  if (outputs === undefined) throw new Error("cdk deploy returned no outputs.");
  return outputs;
}

const outputs = deploy();
if (process.argv.includes(rotation)) deploy({ ...(await renewEdgeSecret(outputs.EdgeSecretArn)) });
await publishDashboard(dashboard, outputs.DashboardBucket);
process.stdout.write(`\nSlipway is at ${outputs.ControlPlaneUrl}\n`);
if (!(await hasTokens(outputs.TokensTable))) {
  const token = randomBytes(32).toString("hex");
  await seedAdminToken(outputs.TokensTable, token);
  process.stdout.write(`
The first admin's token, shown only now:

  ${token}

Next: sign in with it at ${outputs.ControlPlaneUrl}
`);
}
