import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { acceptedSchema, unexplained } from "../../opinions/finding.ts";

const root = resolve(import.meta.dirname, "../..");
const reason = "It stays for a reason that is written here.";
const finding = (rule: string, where: string) => ({ rule, where, message: "is wrong" });

describe("findings of other parties' tools", () => {
  test("are open unless rule and place are accepted", () => {
    const findings = [finding("R1", "Queue.One"), finding("R1", "Table.One"), finding("R2", "Queue.One")];
    const accepted = [{ rule: "R1", where: "Queue.*", reason }];
    expect(unexplained(findings, accepted)).toEqual({ open: findings.slice(1), stale: [] });
  });

  test("that are accepted but no longer occur are reported", () => {
    const accepted = [
      { rule: "R1", where: "Queue.*", reason },
      { rule: "R1", where: "Table.*", reason },
    ];
    expect(unexplained([finding("R1", "Queue.One")], accepted)).toEqual({ open: [], stale: accepted.slice(1) });
  });

  test("are accepted at a place as it is written: only * stands for something else", () => {
    const accepted = [{ rule: "R1", where: "a.list[].name{}", reason }];
    expect(unexplained([finding("R1", "a.list[].name{}")], accepted).open).toEqual([]);
    expect(unexplained([finding("R1", "a-list[].name{}")], accepted).open).toHaveLength(1);
    expect(unexplained([finding("R1", "a.list[].name{}.more")], accepted).open).toHaveLength(1);
  });

  test.each(readdirSync(join(root, "opinions/accepted")))("have a reason each in %s", (name) => {
    const entries = acceptedSchema.parse(JSON.parse(readFileSync(join(root, "opinions/accepted", name), "utf8")));
    const places = entries.map(({ rule, where }) => `${rule} ${where}`);
    expect(new Set(places).size).toBe(places.length);
  });
});

test("every Python package is pinned with its hashes", () => {
  for (const name of ["quick.txt", "checkov.txt", "moto.txt", "ministack.txt"]) {
    const text = readFileSync(join(root, "opinions/requirements", name), "utf8").replace(/\\\n/g, " ");
    const packages = text.split("\n").filter((line) => /^[a-z]/i.test(line));
    expect(packages.length).toBeGreaterThan(2);
    expect(packages.filter((line) => !/^[^ ]+==[^ ]+ .*--hash=sha256:[0-9a-f]{64}/.test(line))).toEqual([]);
  }
});

test("npm run opinions ends with 69 and says so where there is no Python", () => {
  const path = mkdtempSync(join(tmpdir(), "slipway-no-python-"));
  try {
    const env = { ...process.env, PATH: path };
    const args = ["--no-warnings", "bin/opinions.ts", "--quick"];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, env, encoding: "utf8" });
    expect({ status, stdout, stderr }).toEqual({
      status: 69,
      stdout: [
        "Not run: judges, cfn-lint, policies, botocore, because there is no python3.",
        "0 passed, 0 failed",
        "",
      ].join("\n"),
      stderr: "",
    });
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
});
