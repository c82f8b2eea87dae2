import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createProcesses } from "@slipway/local-aws/containers/processes/processes";
import { systemClock } from "@slipway/local-aws/kernel/clock";
import { createIam } from "@slipway/local-aws/services/iam/iam";
import { IGNORED_TYPES, placeholderProviders } from "@slipway/local-aws/template/placeholders";
import { provision } from "@slipway/local-aws/template/provision";
import { assetPath } from "../../lib/local-mode/assets.ts";
import { synthesized } from "../../lib/local-mode/synth.ts";

const processes = createProcesses({
  after: (ms, run) => {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
});
afterAll(() => processes.close());
const tools = { processes, env: { PATH: process.env.PATH ?? "" } };

let root: string;
let outDir: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "synth-"));
  outDir = join(root, "out");
});
afterEach(() => rmSync(root, { recursive: true }));

/** An app that takes no time: it writes an assembly whose template says how often it ran. */
const APP = `
  const fs = require("node:fs"), out = process.env.CDK_OUTDIR, put = (name, value) => fs.writeFileSync(out + "/" + name, JSON.stringify(value));
  fs.appendFileSync("runs", "x");
  if (fs.existsSync("saved")) fs.renameSync("saved", "functions/saved");
  if (fs.existsSync("functions/broken")) { console.error("Something is broken"); process.exit(3); }
  put("S.template.json", { Resources: {}, runs: fs.readFileSync("runs", "utf8").length, context: JSON.parse(process.env.CDK_CONTEXT_JSON) });
  put("S.assets.json", { files: {} });
  put("manifest.json", { artifacts: {
    S: { type: "aws:cloudformation:stack", properties: { templateFile: "S.template.json" } },
    "S.assets": { type: "cdk:asset-manifest", properties: { file: "S.assets.json" } } } });
`;
function fakeApp(): void {
  writeFileSync(join(root, "app.cjs"), APP);
  writeFileSync(join(root, "cdk.json"), JSON.stringify({ app: "node app.cjs", context: { flag: true } }));
  mkdirSync(join(root, "functions"));
}
const runs = () => readFileSync(join(root, "runs"), "utf8").length;

describe("a synthesis", () => {
  beforeEach(fakeApp);

  test("gets the context of cdk.json", async () => {
    const assembly = await synthesized(root, outDir, tools);
    expect(assembly).toMatchObject({ stackName: "S", assets: { files: {} }, template: { context: { flag: true } } });
  });

  test("is one of its own for each added context", async () => {
    const named = { ...tools, context: { name: "staging" } };
    expect(await synthesized(root, outDir, named)).toMatchObject({
      template: { context: { flag: true, name: "staging" } },
    });
    expect(await synthesized(root, outDir, tools)).toMatchObject({ template: { context: { flag: true } } });
    await synthesized(root, outDir, named);
    expect(runs()).toBe(2);
  });

  test("is not repeated until an input changes, and is found again when it changes back", async () => {
    const first = await synthesized(root, outDir, tools);
    expect(await synthesized(root, outDir, tools)).toEqual(first);
    writeFileSync(join(root, "functions", "new.ts"), "1");
    expect(await synthesized(root, outDir, tools)).not.toEqual(first);
    rmSync(join(root, "functions", "new.ts"));
    expect(await synthesized(root, outDir, tools)).toEqual(first);
    expect(runs()).toBe(2);
  });

  test("may be asked for by several at once", async () => {
    const all = await Promise.all([1, 2, 3].map(() => synthesized(root, outDir, tools)));
    expect(new Set(all.map(({ directory }) => directory)).size).toBe(1);
    expect(new Set(all.map(({ template }) => JSON.stringify(template))).size).toBe(1);
    expect(readdirSync(outDir)).toHaveLength(1);
  });

  test("during which something is saved is made again", async () => {
    writeFileSync(join(root, "saved"), "");
    expect(await synthesized(root, outDir, tools)).toMatchObject({ template: { runs: 2 } });
    expect(await synthesized(root, outDir, tools)).toMatchObject({ template: { runs: 2 } });
  });

  test("leaves no more than four assemblies, the present one among them", async () => {
    for (let n = 0; n < 6; n++) {
      writeFileSync(join(root, "functions", "new.ts"), String(n));
      const { directory } = await synthesized(root, outDir, tools);
      expect(readdirSync(outDir)).toContain(basename(directory));
    }
    expect(readdirSync(outDir)).toHaveLength(4);
  });

  test("that fails says what the app said, leaves nothing, and is tried again", async () => {
    writeFileSync(join(root, "functions", "broken"), "");
    await expect(synthesized(root, outDir, tools)).rejects.toThrow(/ended with 3:\nSomething is broken/);
    expect(readdirSync(outDir)).toEqual([]);
    rmSync(join(root, "functions", "broken"));
    await expect(synthesized(root, outDir, tools)).resolves.toMatchObject({ stackName: "S" });
  });
});

const ACCOUNT = "111122223333";

test("a real CDK stack is synthesized, provisioned and its policies enforced", async () => {
  const app = fileURLToPath(new URL("..", new URL("./stack/bin/app.mjs", import.meta.url)));
  const { template, directory, stackName, assets } = await synthesized(app, outDir, tools);
  const iam = createIam({
    account: ACCOUNT,
    region: "eu-west-1",
    dataDir: root,
    randomHex: (n) => "a".repeat(n),
    clock: systemClock,
  });
  const queueArn = `arn:aws:sqs:eu-west-1:${ACCOUNT}:work`;
  const { outputs, resources } = await provision({
    template,
    parameters: { AuthMode: "loopback" },
    providers: [
      ...iam.providers,
      {
        type: "AWS::SQS::Queue",
        ensure: () => ({ ref: `http://127.0.0.1:1/${ACCOUNT}/work`, attributes: { Arn: queueArn, QueueName: "work" } }),
      },
      {
        type: "AWS::Lambda::Function",
        ensure: ({ physicalName }) => ({ ref: physicalName, attributes: { Arn: `arn:${physicalName}` } }),
      },
      ...placeholderProviders({ account: ACCOUNT, region: "eu-west-1" }),
    ],
    ignoredTypes: IGNORED_TYPES,
    pseudo: { account: ACCOUNT, region: "eu-west-1", stackName },
    rewrite: (value) =>
      value.replace("https://abc123.execute-api.eu-west-1.amazonaws.com/prod", "http://localhost:8080"),
  });
  expect(outputs).toMatchObject({ Url: "http://localhost:8080/" });
  const lambda = [...resources.values()].find(({ type }) => type === "AWS::Lambda::Function");
  expect(lambda?.properties).toMatchObject({
    Environment: {
      Variables: {
        AUTH_MODE: "loopback",
        WORK_QUEUE_URL: `http://127.0.0.1:1/${ACCOUNT}/work`,
        SUBNET_IDS: expect.stringMatching(/^subnet-[0-9a-f]{17},subnet-[0-9a-f]{17}$/),
        GROUP: expect.stringMatching(/^sg-[0-9a-f]{17}$/),
      },
    },
  });
  const { Code, Role } = Object(lambda?.properties);
  expect(readFileSync(join(assetPath({ assets, directory }, Code.S3Key), "hello.txt"), "utf8")).toContain("hello");
  const caller = { name: "send", roleArn: String(Role) };
  expect(iam.authorize([{ action: "sqs:SendMessage", resource: queueArn }], caller)).toBeUndefined();
  expect(iam.authorize([{ action: "sqs:ReceiveMessage", resource: queueArn }], caller)).toContain("sqs:ReceiveMessage");
  expect(iam.mayAssume(String(Role), "lambda.amazonaws.com")).toBe(true);
  expect(() => assetPath({ assets, directory }, "nothing.zip")).toThrow("nothing.zip");
});

test("the second check of an unchanged checkout takes less than 200 ms", async () => {
  fakeApp();
  cpSync(join(import.meta.dirname, "../../packages/local-aws/src"), join(root, "lib/core"), { recursive: true });
  await synthesized(root, outDir, tools);
  const times: number[] = [];
  for (let n = 0; n < 10; n++) {
    const started = performance.now();
    await synthesized(root, outDir, tools);
    times.push(performance.now() - started);
  }
  // The best of many, since the machine has other things to do; a synthesis takes seconds.
  expect(Math.min(...times)).toBeLessThan(200);
});
