import { beforeEach, describe, expect, test } from "@jest/globals";
import { readUninstallFlags } from "../../lib/operator/flags.ts";
import { uninstall } from "../../lib/operator/uninstall/uninstall.ts";
import { accountWith } from "./installed-aws.ts";

const prefix = "slipway-c231c861-";
const theirs = {
  loadBalancer: ["shop"],
  targetGroup: ["shop", "slipway-00000000-1"],
  alarm: ["slipway-00000000-1-errors"],
  logGroup: ["/slipway-staging/apps/1"],
  definition: ["slipway-00000000-1:1"],
  parameter: ["/slipway-staging/apps/1/KEY"],
  repository: ["shop", "slipway-staging/app-1"],
};
const tables = { "DynamoDB::Table": ["Slipway-apps", "Slipway-deployments"] };

let account: ReturnType<typeof accountWith>;
let said: string;

beforeEach(() => {
  said = "";
  account = accountWith({
    stack: ["Slipway"],
    "Lambda::Function": ["worker", "api"],
    "running function": ["worker", "api"],
    "ECS::Cluster": ["cluster"],
    "S3::Bucket": ["files"],
    "CodeBuild::Project": ["builds"],
    build: ["builds:1", "builds:2"],
    release: [`${prefix}1/release`],
    "Logs::LogGroup": ["/slipway/apps"],
    logGroup: ["/slipway/apps/1", ...theirs.logGroup],
    ...tables,
    object: ["index.html", "assets/a.js"],
    service: [`${prefix}1`, `${prefix}2`],
    task: ["one-off"],
    loadBalancer: [`${prefix}apps`, ...theirs.loadBalancer],
    targetGroup: [`${prefix}1`, `${prefix}1-b`, ...theirs.targetGroup],
    alarm: [`${prefix}1-errors`, ...theirs.alarm],
    definition: [`${prefix}1:1`, `${prefix}1:2`, ...theirs.definition],
    parameter: ["/slipway/apps/1/KEY", "/slipway/admin-token", ...theirs.parameter],
    repository: ["slipway/app-1", ...theirs.repository],
  });
});

const run = (args: readonly string[], answer: string | null = null) =>
  uninstall(readUninstallFlags(args), {
    target: { account: "123456789012", caller: "arn:aws:iam::123456789012:user/ada", region: "eu-west-1" },
    clients: account.clients,
    terminal: {
      say: (text) => {
        said += `${text}\n`;
      },
      ask: answer === null ? null : async () => answer,
    },
  });
const changing = () => account.calls.filter((name) => /^(Delete|Put|Stop|Deregister)/.test(name));

describe("an uninstall", () => {
  test("lists what it deletes and what it keeps, and asks for the stack's name", async () => {
    await expect(run([], "slipway")).rejects.toThrow("Nothing was changed");
    expect(changing()).toEqual([]);
    for (const shown of [
      "123456789012",
      "build that runs (2)",
      "release under way (1)",
      "service (2)",
      `${prefix}apps`,
      "/slipway/admin-token",
      "slipway/app-1",
      "files",
    ])
      expect(said).toContain(shown);
    expect(said).toMatch(/This is kept.*--everything.*Slipway-apps/s);
    for (const other of Object.values(theirs)
      .flat()
      .filter((name) => name !== "shop"))
      expect(said).not.toContain(other);
  });

  test("needs --yes without a terminal", async () => {
    await expect(run([])).rejects.toThrow("pass --yes");
    expect(changing()).toEqual([]);
  });

  test("deletes everything but the tables in an order that AWS takes, and nothing of anybody else", async () => {
    await run([], "Slipway");
    expect(account.left()).toEqual({ ...tables, ...theirs });
    expect(said).toContain("Slipway is uninstalled.");
  });

  test("--everything deletes the tables, also after an uninstall that kept them", async () => {
    await run(["--yes"]);
    await run(["--yes", "--everything"]);
    expect(account.left()).toEqual(theirs);
  });

  test("goes on where an earlier one ended", async () => {
    account.add("object", "in the way");
    const { send } = account.clients.s3;
    account.clients.s3.send = async () => {
      throw new Error("Slow down.");
    };
    await expect(run(["--yes"])).rejects.toThrow(/Emptying buckets failed.*Slow down.*Run npm run uninstall again/s);
    account.clients.s3.send = send;
    await run(["--yes"]);
    expect(account.left()).toEqual({ ...tables, ...theirs });
  });

  test("says what carries the installation's tag and is still there", async () => {
    account.add("tagged", "arn:aws:acm:eu-west-1:123456789012:certificate/1");
    await expect(run(["--yes"])).rejects.toThrow("certificate/1");
  });

  test("of nothing says so", async () => {
    await run(["--yes", "--everything"]);
    said = "";
    await run(["--yes"]);
    expect(said).toContain("There is nothing to delete.");
  });
});

test("--keep-data and --everything contradict each other", () => {
  expect(() => readUninstallFlags(["--keep-data", "--everything"])).toThrow("contradict");
});
