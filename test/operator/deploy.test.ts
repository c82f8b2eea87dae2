import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { PassThrough } from "node:stream";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { marshall } from "@aws-sdk/util-dynamodb";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { deploy } from "../../lib/operator/deploy.ts";
import { readDeployFlags } from "../../lib/operator/flags.ts";
import { waitForStack } from "../../lib/operator/stack.ts";
import { targetOf } from "../../lib/operator/target.ts";
import { confirm, processTerminal } from "../../lib/operator/terminal.ts";
import { temporaryDirectory } from "../local-aws/support/files.ts";
import { eventually } from "../local-aws/support/wait.ts";
import { someApp, someSettings } from "../support/deployments.ts";
import { type StubAws, type StubStack, startStubAws } from "./stub-aws.ts";

const root = resolve(import.meta.dirname, "../..");
let aws: StubAws;
let directory: ReturnType<typeof temporaryDirectory>;
/** The words of each call of `cdk`. */
let cdkCalls: string[][];
let said: string;
/** For which installations BuildKit was to be copied, and why it could not be. */
let buildKitFor: string[];
let withoutCopy: string | null;
let asked: string[];

const outputs = {
  ControlPlaneUrl: "https://d111.cloudfront.net",
  TokensTable: "tokens",
  DashboardBucket: "files",
  EdgeSecretArn: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:edge",
};
const newStack: StubStack = { outputs, parameters: { PublicUrl: "" } };
const token = "f".repeat(64);
/** Nothing of the keys that other tests have in their environment. */
const noKeys = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };
const keys = { AWS_ACCESS_KEY_ID: "ada", AWS_SECRET_ACCESS_KEY: "secret" };

beforeEach(async () => {
  aws = await startStubAws();
  aws.answers.set("DynamoDB.Query", () => ({ Items: [] }));
  directory = temporaryDirectory();
  process.env.AWS_ENDPOINT_URL = aws.url;
  process.env.AWS_CONFIG_FILE = join(directory.path, "config");
  process.env.AWS_SHARED_CREDENTIALS_FILE = join(directory.path, "credentials");
  process.env.AWS_EC2_METADATA_DISABLED = "true";
  mkdirSync(join(directory.path, "dashboard"));
  writeFileSync(join(directory.path, "dashboard/index.html"), "<html>");
  cdkCalls = [];
  buildKitFor = [];
  withoutCopy = null;
  said = "";
  asked = [];
});
afterEach(async () => {
  await aws.close();
  directory.remove();
});

interface Run {
  readonly env?: Readonly<Record<string, string>>;
  /** What a person answers; `null`: there is no terminal. */
  readonly answer?: string | null;
  readonly cdkStatus?: number;
}

async function run(args: string[], { env = { AWS_REGION: "eu-west-1" }, answer = null, cdkStatus = 0 }: Run = {}) {
  const flags = readDeployFlags(args);
  const target = await targetOf(flags, { ...keys, ...env });
  await deploy(flags, {
    target,
    terminal: {
      say: (text) => {
        said += `${text}\n`;
      },
      ask:
        answer === null
          ? null
          : async (question) => {
              asked.push(`${said}${question}`);
              return answer;
            },
    },
    cdk: (words) => {
      cdkCalls.push([...words]);
      const stackName = words.find((word) => word.startsWith("Slipway")) ?? "";
      const given = words.flatMap((word, at) => (words[at - 1] === "--parameters" ? [word.split("=")] : []));
      if (words[0] === "deploy" && cdkStatus === 0) {
        const stack = aws.stacks.get(stackName) ?? newStack;
        const parameters = { ...stack.parameters, ...Object.fromEntries(given) };
        aws.stacks.set(stackName, { ...stack, outputs, parameters });
      }
      return cdkStatus;
    },
    buildDashboard: async () => join(directory.path, "dashboard"),
    newToken: () => token,
    keepBuildKit: async (stackName, { region }) => {
      buildKitFor.push(`${stackName} in ${region}`);
      return withoutCopy;
    },
  });
}
const operations = () => aws.calls.map(({ operation }) => operation);
const has = (words: readonly string[] | undefined, ...part: string[]) =>
  ` ${words?.join(" ")} `.includes(` ${part.join(" ")} `);

describe("the account and the region", () => {
  test.each<[string, string[], Record<string, string>, string]>([
    ["AWS_REGION", [], { AWS_REGION: "eu-central-1", AWS_DEFAULT_REGION: "us-east-1" }, "eu-central-1"],
    ["AWS_DEFAULT_REGION", [], { AWS_DEFAULT_REGION: "ap-south-1" }, "ap-south-1"],
    ["--region", ["--region", "eu-north-1"], { AWS_REGION: "us-east-1" }, "eu-north-1"],
    ["the profile", ["--profile", "team"], {}, "ca-central-1"],
    ["AWS_PROFILE", [], { AWS_PROFILE: "team" }, "ca-central-1"],
  ])("the region of %s is the one that cdk and every call use", async (_, args, env, region) => {
    writeFileSync(
      join(directory.path, "config"),
      "[profile team]\nregion = ca-central-1\naws_access_key_id = grace\naws_secret_access_key = secret\n",
    );
    await run([...args, "--yes"], { env });
    expect(new Set(aws.calls.map((call) => call.region))).toEqual(new Set([region]));
    expect(cdkCalls.map((words) => has(words, "--region", region))).toEqual([true, true]);
    expect(said).toContain(`region   ${region}`);
  });

  test("no region is refused before anything is asked of AWS", async () => {
    await expect(run(["--yes"], { env: {} })).rejects.toThrow("No AWS region is set");
    expect([aws.calls, cdkCalls]).toEqual([[], []]);
  });

  test("a profile is used by every call and by cdk, whatever keys are in the environment", async () => {
    writeFileSync(
      join(directory.path, "credentials"),
      "[team]\naws_access_key_id = grace\naws_secret_access_key = secret\n",
    );
    await run(["--profile", "team", "--yes"]);
    expect(new Set(aws.calls.map((call) => call.accessKeyId))).toEqual(new Set(["grace"]));
    expect(cdkCalls.map((words) => has(words, "--profile", "team"))).toEqual([true, true]);
  });

  test("a profile that does not exist is refused with what to do", async () => {
    await expect(run(["--profile", "nobody", "--yes"])).rejects.toThrow("No usable AWS credentials were found");
    expect([operations(), cdkCalls]).toEqual([[], []]);
  });

  test("credentials that AWS does not know are refused before anything is built", async () => {
    const wrong = run(["--yes"], { env: { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "unknown" } });
    await expect(wrong).rejects.toThrow("AWS does not know these credentials");
    expect(cdkCalls).toEqual([]);
  });

  test.each<[string, string[], Record<string, string>, string]>([
    [
      "AWS_PROFILE names no profile",
      [],
      { AWS_PROFILE: "nobody", AWS_REGION: "eu-west-1" },
      "No usable AWS credentials",
    ],
    ["the profile has no region", ["--profile", "bare"], {}, "No AWS region is set"],
    ["a region is given and no credentials", ["--region", "eu-west-1"], {}, "No usable AWS credentials"],
    [
      "a key comes without its secret",
      [],
      { AWS_ACCESS_KEY_ID: "ada", AWS_REGION: "eu-west-1" },
      "No usable AWS credentials",
    ],
    ["the credentials have expired", ["--profile", "old", "--region", "eu-west-1"], {}, "have expired. Renew them"],
    [
      "the region does not exist",
      ["--profile", "bare", "--region", "nowhere"],
      {},
      "AWS STS in nowhere did not answer",
    ],
  ])("is refused before anything is built where %s", async (_, args, env, message) => {
    const profile = (name: string, key: string) =>
      `[${name}]\naws_access_key_id = ${key}\naws_secret_access_key = secret\n`;
    writeFileSync(join(directory.path, "credentials"), profile("bare", "grace") + profile("old", "expired"));
    await expect(run([...args, "--yes"], { env: { ...noKeys, ...env } })).rejects.toThrow(message);
    expect(cdkCalls).toEqual([]);
  });

  test("the profile of a flag wins over the one of the environment", async () => {
    const keysOf = (name: string, key: string) =>
      `[${name}]\naws_access_key_id = ${key}\naws_secret_access_key = secret\n`;
    writeFileSync(join(directory.path, "credentials"), keysOf("team", "grace") + keysOf("other", "eve"));
    await run(["--profile", "team", "--yes"], { env: { ...noKeys, AWS_PROFILE: "other", AWS_REGION: "eu-west-1" } });
    expect(new Set(aws.calls.map((call) => call.accessKeyId))).toEqual(new Set(["grace"]));
  });

  test("a stack that cdk deployed elsewhere is noticed", async () => {
    await expect(
      deploy(readDeployFlags(["--yes"]), {
        target: await targetOf({ profile: null, region: "eu-west-1" }, keys),
        terminal: { say: () => {}, ask: null },
        cdk: () => 0,
        buildDashboard: async () => directory.path,
        newToken: () => token,
        keepBuildKit: async () => null,
      }),
    ).rejects.toThrow("it is not in eu-west-1 of this account");
  });
});

describe("before the first change", () => {
  test("the account, the region and the cost are said, and a person is asked", async () => {
    await run([], { answer: "y" });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatch(/Install Slipway.*account {2}123456789012.*region {3}eu-west-1.*\$2 a month/s);
    expect(cdkCalls[0]?.[0]).toBe("deploy");
  });

  test("a person who does not agree changes nothing", async () => {
    await expect(run([], { answer: "" })).rejects.toThrow("Nothing was changed");
    expect(cdkCalls).toEqual([]);
  });

  test("without a terminal, --yes is needed and nothing else", async () => {
    await expect(run([])).rejects.toThrow("pass --yes");
    expect(cdkCalls).toEqual([]);
    await run(["--yes"]);
    expect(has(cdkCalls[0], "--require-approval", "never")).toBe(true);
  });

  test("--plan shows the change set, needs no answer and changes nothing", async () => {
    await run(["--plan"]);
    expect(cdkCalls.map(([command]) => command)).toEqual(["diff"]);
    expect(has(cdkCalls[0], "--method", "change-set")).toBe(true);
    expect(new Set(operations())).toEqual(new Set(["GetCallerIdentity", "DescribeStacks"]));
  });
});

describe("a plan", () => {
  test("shows what --parameters would change, which cdk diff cannot", async () => {
    aws.stacks.set("Slipway", { ...newStack, parameters: { MailFrom: "a@example.com", MaxHeldReads: "4" } });
    const given = ["MailFrom=b@example.com", "MaxHeldReads=4"].flatMap((pair) => ["--parameters", pair]);
    await run(["--plan", ...given]);
    expect(cdkCalls[0]).not.toContain("--parameters");
    expect(said).toContain('Parameters\n  MailFrom: "a@example.com" → "b@example.com"\n\nNothing was changed.');
  });
});

describe("a second try", () => {
  test("waits for what an interrupted one began, and installs what was rolled back", async () => {
    const states = ["CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"];
    aws.stacks.set("Slipway", {
      get status() {
        return states.shift() ?? "ROLLBACK_COMPLETE";
      },
      settings: { alarmEmail: "team@example.com" },
    });
    await run(["--yes"]);
    expect(said).toMatch(/^CloudFormation is working on the stack Slipway \(CREATE_IN_PROGRESS\).*\nInstall Slipway\n/);
    expect(cdkCalls[0]).toContain("alarmEmail=team@example.com");
  });
});

test("CloudFormation is not waited for without an end", async () => {
  aws.stacks.set("Slipway", { ...newStack, status: "UPDATE_IN_PROGRESS" });
  const client = new CloudFormationClient({
    endpoint: aws.url,
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIA1", secretAccessKey: "secret" },
  });
  const waited = waitForStack(client, "Slipway", { isBusy: /_IN_PROGRESS$/, say: () => {}, longestMs: 0 });
  await expect(waited).rejects.toThrow(
    "CloudFormation is still working on the stack Slipway (UPDATE_IN_PROGRESS). See which resource it waits for",
  );
  client.destroy();
});

describe("settings", () => {
  test("a setting of before is kept until it is set again, and an empty value removes it", async () => {
    aws.stacks.set("Slipway", { ...newStack, settings: { domain: "apps.example.com", hostedZoneId: "Z1" } });
    await run(["--yes"]);
    await run(["--yes", "-c", "domain=apps.example.org"]);
    await run(["--yes", "-c", "domain="]);
    const domains = cdkCalls.map((words) => words.filter((word) => word.startsWith("domain=")));
    expect(domains).toEqual([["domain=apps.example.com"], ["domain=apps.example.org"], []]);
  });

  test("private names are kept, and go only where no app is internal, with the load balancers that are left", async () => {
    const rowOf = (name: string, internal: boolean) =>
      marshall({ pk: "app#1", sk: "app", ...someApp({ id: 1, settings: someSettings({ name, internal }) }) });
    const withApps = { ...outputs, AppsTable: "apps" };
    const stack = { outputs: withApps, parameters: { PublicUrl: "x" }, settings: { privateNames: "true" } };
    const begin = (name: string, internal: boolean) => {
      aws.stacks.set("Slipway", stack);
      aws.answers.set("DynamoDB.Query", ({ TableName }) => ({
        Items: TableName === "apps" ? [rowOf(name, internal)] : [],
      }));
      cdkCalls = [];
    };
    begin("orders", true);
    for (const name of ["apps", "internal", "internal-2"]) aws.loadBalancers.add(`slipway-c231c861-${name}`);
    aws.loadBalancers.add("slipway-00000000-internal");
    await run(["--yes"]);
    expect(has(cdkCalls[0], "-c", "privateNames=true")).toBe(true);

    begin("orders", true);
    await expect(run(["--yes", "-c", "privateNames="])).rejects.toThrow(
      "Private names cannot be switched off while there are internal apps: orders.",
    );
    expect([cdkCalls, aws.loadBalancers.size]).toEqual([[], 4]);

    begin("shop", false);
    await run(["--yes", "-c", "privateNames="]);
    expect(cdkCalls[0]?.some((word) => word.startsWith("privateNames"))).toBe(false);
    expect([...aws.loadBalancers]).toEqual(["slipway-c231c861-apps", "slipway-00000000-internal"]);
  });

  test("a name makes an installation of its own", async () => {
    await run(["--yes", "-c", "name=staging"]);
    expect(cdkCalls[0]).toEqual(expect.arrayContaining(["Slipway-staging", "name=staging"]));
    expect(said).toContain("/slipway-staging/admin-token");
  });

  test.each([
    [["-c", "name=Staging"], "-c name must consist of lower-case letters"],
    [["-c", "domain=example"], "-c domain must be a domain"],
    [["-c", "hostedZoneId=apps.example.com"], "-c hostedZoneId must be the ID of a hosted zone"],
    [["-c", "certificateArn=none"], "-c certificateArn must be the ARN of a certificate"],
    [["-c", "domain"], "-c takes NAME=VALUE"],
    [["-c", "domian=apps.example.com"], 'Unknown setting "-c domian". It can be: name, domain,'],
    [["--region", ""], "--region is empty"],
    [["--paln"], "Unknown option '--paln'"],
    [["staging"], 'Unexpected argument "staging"'],
  ])("%j is refused with the usage", (args, message) => {
    expect(() => readDeployFlags(args)).toThrow(message);
  });
});

test.each(["arn:aws:acm:us-east-1:123456789012:certificate/1", "arn:aws:acm:eu-west-1:210987654321:certificate/1"])(
  "the certificate %s, which the load balancer could not have, is refused",
  async (certificateArn) => {
    const given = ["domain=apps.example.com", `certificateArn=${certificateArn}`].flatMap((pair) => ["-c", pair]);
    await expect(run(["--yes", ...given])).rejects.toThrow("will be in eu-west-1 of 123456789012");
    expect(cdkCalls).toEqual([]);
  },
);

describe("the public URL", () => {
  test("is set by the first deployment, once CloudFront has chosen it", async () => {
    await run(["--yes"]);
    expect(cdkCalls.map((words) => has(words, "--parameters", `PublicUrl=${outputs.ControlPlaneUrl}`))).toEqual([
      false,
      true,
    ]);
    await run(["--yes"]);
    expect(cdkCalls).toHaveLength(3);
  });

  test("of an older installation is set by its next deployment", async () => {
    aws.stacks.set("Slipway", newStack);
    await run(["--yes"]);
    expect(cdkCalls.map((words) => has(words, "--parameters", `PublicUrl=${outputs.ControlPlaneUrl}`))).toEqual([true]);
  });

  test("that an operator chose stays", async () => {
    await run(["--yes", "--parameters", "PublicUrl=https://slipway.example.com"]);
    expect(cdkCalls).toHaveLength(1);
  });
});

describe("the copy of BuildKit", () => {
  test("is made for the installation, in its region", async () => {
    await run(["--yes", "-c", "name=staging"]);
    expect(buildKitFor).toEqual(["Slipway-staging in eu-west-1"]);
    expect(said).not.toContain("BuildKit");
  });

  test("that could not be made is told, and stops nothing", async () => {
    withoutCopy = "registry-1.docker.io answered 429 for blobs of moby/buildkit.";
    await run(["--yes"]);
    expect(said).toMatch(/could not be copied .*answered 429.*\n.*tries again\.\n\nSlipway is at https:/);
  });
});

describe("the first admin token", () => {
  const kept = () => aws.calls.filter(({ operation }) => operation === "AmazonSSM.PutParameter");

  test("is kept in SSM, and its place is printed instead of it", async () => {
    await run(["--yes"]);
    expect(JSON.parse(kept()[0]?.body ?? "")).toMatchObject({ Type: "SecureString", Value: token });
    expect(said).toContain("aws ssm get-parameter --name /slipway/admin-token --with-decryption");
    expect(said).not.toContain(token);
  });

  test("is printed and kept nowhere with --print-token", async () => {
    await run(["--yes", "--print-token"]);
    expect(kept()).toEqual([]);
    expect(said).toContain(token);
  });

  test("is made once, and again with --new-admin-token", async () => {
    aws.answers.set("DynamoDB.Query", () => ({
      Items: [
        {
          kind: { S: "token" },
          token_hash: { S: "hash" },
          id: { N: "1" },
          principal: { M: { name: { S: "admin" }, role: { S: "admin" }, apps: { NULL: true } } },
          last_used_at: { NULL: true },
          github: { NULL: true },
        },
      ],
    }));
    await run(["--yes"]);
    expect(kept()).toEqual([]);
    await run(["--yes", "--new-admin-token"]);
    expect(kept()).toHaveLength(1);
    expect(operations().filter((operation) => operation === "DynamoDB.TransactWriteItems")).not.toEqual([]);
  });
});

describe("the service-linked roles of AWS", () => {
  const made = () =>
    aws.calls.flatMap(({ operation, body }) =>
      operation === "CreateServiceLinkedRole" ? [new URLSearchParams(body).get("AWSServiceName")] : [],
    );

  test("are made before the stack is deployed", async () => {
    await run(["--yes"]);
    expect(made()).toEqual([
      "ecs.amazonaws.com",
      "elasticloadbalancing.amazonaws.com",
      "ecs.application-autoscaling.amazonaws.com",
    ]);
  });

  test.each([
    [
      "InvalidInput",
      "Service role name AWSServiceRoleForECS has been taken in this account, please try a different suffix.",
    ],
    ["EntityAlreadyExists", "Role with name AWSServiceRoleForECS already exists."],
  ])("may be there already: %s", async (code, message) => {
    aws.refusals.set("ecs.amazonaws.com", { code, message });
    await run(["--yes"]);
    expect(made()).toHaveLength(3);
  });

  test("are left to AWS where the caller may not create them, and it is said", async () => {
    aws.refusals.set("ecs.amazonaws.com", { code: "AccessDenied", message: "No." });
    await run(["--yes"]);
    expect(said).toContain("You may not create the service-linked role of ecs.amazonaws.com");
    expect(cdkCalls).not.toEqual([]);
  });
});

describe("the command", () => {
  /** Nothing of Jest's own, and one place for all calls. */
  const environment = (more: Readonly<Record<string, string>> = {}) => {
    const { AWS_REGION: _, AWS_DEFAULT_REGION: __, ...env } = process.env;
    return { ...env, ...keys, NODE_OPTIONS: "", ...more };
  };
  const start = (env: NodeJS.ProcessEnv) => {
    const child = spawn(process.execPath, [join(root, "bin/deploy.ts"), "--yes"], { env, stdio: "pipe" });
    let printed = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        printed += text;
      });
    const ended = new Promise<number | null>((done) => child.once("close", done));
    return { child, printed: () => printed, ended };
  };

  test("ends with a sentence, not with a stack, where it cannot start", async () => {
    const { printed, ended } = start(environment());
    expect(await ended).toBe(1);
    expect(printed()).toMatch(/^No AWS region is set\..*\n$/);
  });

  test("ends with what AWS answered, not with a stack, where it may not go on", async () => {
    aws.refusals.set("DescribeStacks", { code: "AccessDenied", message: "You may not." });
    const { printed, ended } = start(environment({ AWS_REGION: "eu-west-1" }));
    expect(await ended).toBe(1);
    expect(printed()).toBe(
      "These AWS credentials do not have all permissions that this command needs.\nAccessDenied: You may not.\n",
    );
  });

  test("says what becomes of what it began when it is interrupted", async () => {
    aws.stacks.set("Slipway", { status: "UPDATE_IN_PROGRESS" });
    const { child, printed, ended } = start(environment({ AWS_REGION: "eu-west-1" }));
    await eventually(() => expect(printed()).toContain("CloudFormation is working on the stack Slipway"));
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(printed()).toContain("Run npm run deploy again");
  });
});

describe("a question", () => {
  test.each([
    ["Ctrl-C", "\u0003"],
    ["Ctrl-D", "\u0004"],
  ])("that is left with %s is not agreed to", async (_, key) => {
    const stdin = Object.assign(new PassThrough(), { isTTY: true });
    const stdout = Object.assign(new PassThrough(), { isTTY: true });
    const answered = confirm(processTerminal({ stdin, stdout }), { yes: false, question: "Deploy? ", expected: ["y"] });
    stdin.write(key);
    await expect(answered).rejects.toThrow("Nothing was changed.");
  });
});

test("a cdk that fails ends the command, and nothing is done after it", async () => {
  await expect(run(["--yes"], { cdkStatus: 1 })).rejects.toThrow("npx cdk bootstrap");
  expect(cdkCalls).toHaveLength(1);
  expect(operations()).not.toContain("AmazonSSM.PutParameter");
});
