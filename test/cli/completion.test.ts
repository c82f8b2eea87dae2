import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { complete } from "../../packages/cli/src/completion/complete.ts";
import { scripts } from "../../packages/cli/src/completion/scripts.ts";
import { globalOptions, tree } from "../../packages/cli/src/tree.ts";
import { removeDirectory } from "../support/local-mode.ts";

const following = (...words: string[]) => complete(tree, globalOptions, words);
const words = (...typed: string[]) => following(...typed).candidates.map(({ word }) => word);

describe("what may follow", () => {
  test("is a command, and nothing that is hidden", () => {
    expect(words("")).toEqual(expect.arrayContaining(["up", "deploy", "apps", "doctor"]));
    expect(words("")).not.toContain("complete");
    expect(words("re")).toEqual(["restart", "retry", "reject"]);
    expect(words("apps", "s")).toEqual(["show", "set"]);
  });

  test("is an option, those of every command too", () => {
    expect(words("deploy", "--")).toEqual(expect.arrayContaining(["--commit", "--wait", "--json", "--url"]));
    expect(words("deploy", "--w")).toEqual(["--wait"]);
    expect(words("apps", "set", "shop", "--unset")).toEqual([
      "--unset-build-arg",
      "--unset-build-secret",
      "--unset-env",
      "--unset-git-token",
      "--unset-secret",
      "--unset-smoke-check",
      "--unset-process",
      "--unset-cron",
    ]);
  });

  test("is the value of an option, written in either way", () => {
    expect(words("apps", "set", "--strategy", "")).toEqual(["rolling", "blue_green", "linear", "canary"]);
    expect(words("apps", "set", "--strategy=b")).toEqual(["--strategy=blue_green"]);
    // As bash divides it.
    expect(words("apps", "set", "--strategy", "=", "b")).toEqual(["blue_green"]);
    expect(words("apps", "set", "--approval", "=")).toEqual(["none", "required"]);
    expect(following("apps", "create", "--from", "")).toEqual({ candidates: [], known: "file" });
    expect(following("deploy", "--commit", "")).toEqual({ candidates: [], known: null });
  });

  test("is what only the server knows", () => {
    expect(following("deploy", "sh").known).toBe("app");
    expect(following("watch", "").known).toBe("app or deployment");
    expect(following("--url", "http://localhost:1", "rollback", "shop", "").known).toBe("deployment");
    expect(following("deploy", "--wait", "").known).toBe("app");
    expect(following("watch", "12", "")).toEqual({ candidates: [], known: null });
  });

  test("after -- is no option", () => {
    expect(following("deploy", "--", "--")).toEqual({ candidates: [], known: "app" });
  });
});

describe("in a shell", () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "slipway-completion-"));
    for (const [shell, text] of Object.entries(scripts)) writeFileSync(join(directory, `slipway.${shell}`), text);
  });
  afterAll(() => removeDirectory(directory));

  test.each(["bash", "zsh", "fish"])("%s can read the script, where it is there", (shell) => {
    if (spawnSync(shell, ["--version"]).error !== undefined) return;
    expect(spawnSync(shell, ["-n", join(directory, `slipway.${shell}`)], { encoding: "utf8" })).toMatchObject({
      status: 0,
      stderr: "",
    });
  });

  test("Tab in bash offers the words that the program answers, and files where it says so", () => {
    const asked = join(directory, "asked");
    writeFileSync(join(directory, "one file"), "");
    const script = `
      cd ${directory}
      slipway() { printf '%s\\n' "$@" > ${asked}; printf 'shop\\tan app\\nshop-2\\t\\n:files\\n'; }
      source slipway.bash
      COMP_WORDS=(slipway deploy one) COMP_CWORD=2
      _slipway
      printf '%s\\n' "\${COMPREPLY[@]}"
    `;
    const said = execFileSync("bash", ["--norc", "-c", script], { encoding: "utf8" });
    expect(said).toBe("shop\nshop-2\none file\n");
    expect(execFileSync("cat", [asked], { encoding: "utf8" })).toBe("complete\n--\ndeploy\none\n");
  });
});
