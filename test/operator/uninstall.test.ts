import { beforeEach, describe, expect, test } from "@jest/globals";
import { readUninstallFlags } from "../../lib/operator/flags.ts";
import { uninstall, whatIsLeft } from "../../lib/operator/uninstall/uninstall.ts";
import { accountWith } from "./installed-aws.ts";

const prefix = "slipway-c231c861-";
const theirs = {
  loadBalancer: ["shop"],
  targetGroup: ["shop", "slipway-00000000-1"],
  alarm: ["slipway-00000000-1-errors"],
  schedule: ["slipway-00000000-1-nightly"],
  logGroup: ["/slipway-staging/apps/1"],
  definition: ["slipway-00000000-1:1"],
  parameter: ["/slipway-staging/apps/1/KEY"],
  repository: ["shop", "slipway-staging/app-1"],
  scalableTarget: ["service/other/shop"],
};
/** Rows of a table. */
const apps = { app: ["shop-of-ada", "blog"] };
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
    ...apps,
    object: ["index.html", "assets/a.js"],
    service: [`${prefix}1`, `${prefix}2`],
    task: ["one-off"],
    scalableTarget: [`service/cluster/${prefix}1`, ...theirs.scalableTarget],
    loadBalancer: [`${prefix}apps`, ...theirs.loadBalancer],
    targetGroup: [`${prefix}1`, `${prefix}1-b`, ...theirs.targetGroup],
    alarm: [`${prefix}1-errors`, ...theirs.alarm],
    schedule: [`${prefix}1-nightly`, ...theirs.schedule],
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
      "app, which goes offline (2)",
      "shop-of-ada",
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
    expect(account.left()).toEqual({ ...tables, ...apps, ...theirs });
    expect(said).toContain("Slipway is uninstalled.");
  });

  test("--everything deletes the tables, also after an uninstall that kept them", async () => {
    await run(["--yes"]);
    await run(["--yes", "--everything"]);
    expect(account.left()).toEqual({ ...apps, ...theirs });
  });

  test("what was deleted is not there any more, though the tagging API goes on showing it", async () => {
    account.add("tagged", "arn:aws:acm:eu-west-1:123456789012:certificate/1");
    account.add("loadBalancer", `${prefix}apps-2`);
    expect(await whatIsLeft(account.clients, "Slipway")).toContain("table, with its data: Slipway-apps");
    await run(["--yes", "--everything"]);
    expect(await whatIsLeft(account.clients, "Slipway")).toEqual([]);
    said = "";
    await run(["--yes", "--everything"]);
    expect(said).toContain("There is nothing to delete.");
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
    expect(account.left()).toEqual({ ...tables, ...apps, ...theirs });
  });

  test("says what carries the installation's tag and is still there", async () => {
    account.add("tagged", "arn:aws:kms:eu-west-1:123456789012:key/1");
    await expect(run(["--yes"])).rejects.toThrow("key/1");
  });

  test("deletes certificates of apps' domains and records of apps, and no other record of the zone", async () => {
    account.add("tagged", "arn:aws:acm:eu-west-1:123456789012:certificate/1");
    account.add("loadBalancer", `${prefix}apps-2`);
    account.add("record", `shop.apps.example.com. ${prefix}apps-2`);
    account.add("record", "www.example.com. shop");
    await run(["--yes"]);
    expect(said).toContain("certificate of an app's domain (1)");
    expect(said).toContain("record of an app (1)");
    expect(account.left()).toEqual({ ...tables, ...apps, ...theirs, record: ["www.example.com. shop"] });
  });

  test("deletes a table that CloudFormation was still making", async () => {
    account.add("late table", "Slipway-audit");
    await run(["--yes", "--everything"]);
    expect(account.left()).toEqual({ ...apps, ...theirs });
  });

  test("waits for an update of the stack, and says so", async () => {
    account.add("stack status", "UPDATE_IN_PROGRESS");
    await run(["--yes"]);
    expect(said).toMatch(/^CloudFormation is working on the stack Slipway \(UPDATE_IN_PROGRESS\)/);
    expect(account.left()).toEqual({ ...tables, ...apps, ...theirs });
  });

  test("names the role that it keeps for others", async () => {
    account.add("IAM::Role", "Slipway-ControlApiCloudWatchRole");
    await run(["--yes"]);
    expect(said).toMatch(/This role is kept.*\n {4}Slipway-ControlApiCloudWatchRole/);
  });

  test("empties the zone of private names, and deletes the load balancers behind them", async () => {
    account.add("Route53::HostedZone", "ZPRIVATE");
    for (const record of [
      "slipway.internal. NS",
      "slipway.internal. SOA",
      "orders.slipway.internal. A",
      "by-hand.slipway.internal. TXT",
    ])
      account.add("private record", record);
    account.add("loadBalancer", `${prefix}internal`);
    await run(["--yes"]);
    expect(said).toContain("record of an app (2)");
    expect(account.left()).toEqual({ ...tables, ...apps, ...theirs });
  });

  test("of nothing says so", async () => {
    await run(["--yes", "--everything"]);
    said = "";
    await run(["--yes"]);
    expect(said).toContain("There is nothing to delete.");
  });
});

test.each([
  [["-c", "nmae=staging"], 'Unknown setting "-c nmae"'],
  [["-c", "domain=apps.example.com"], 'Unknown setting "-c domain"'],
  [["-c", "name="], "-c name must consist of lower-case letters"],
  [["-c", "name=a-name-that-is-long"], "-c name must have at most 16 characters"],
  [["--region", ""], "--region is empty"],
  [["--profile="], "--profile is empty"],
])("%j is refused: it would be another installation than was meant", (args, message) => {
  expect(() => readUninstallFlags(args)).toThrow(message);
});

test("--keep-data and --everything contradict each other", () => {
  expect(() => readUninstallFlags(["--keep-data", "--everything"])).toThrow("contradict");
});
