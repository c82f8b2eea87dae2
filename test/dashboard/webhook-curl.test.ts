import { execFileSync } from "node:child_process";
import { expect, test } from "@jest/globals";
import { readPush } from "../../lib/api/webhook-payload.ts";
import { curlOf, webhookUrlOf } from "../../lib/dashboard/apps/webhook/curl.ts";

const commit = "a".repeat(40);
/** The tools that the script calls, in the shell's own words; `curl` prints what it is given, a NUL after each. */
const tools = `
git() { echo ${commit}; }
openssl() { echo "$SLIPWAY_WEBHOOK_SECRET *stdin"; }
curl() { printf '%s\\0' "$@"; }
`;

test.each([
  ["main", "https://git.example.com/acme/shop.git"],
  ["it's/a $(branch)`", 'file:///home/ada/o\'neill%20"shop"'],
])("the commands that the dashboard shows report a push that is understood: %s", (branch, repo_url) => {
  const url = "https://slipway.example.com/api/webhooks/github";
  const script = `${tools}${curlOf({ branch, repo_url }, url)}`;
  const env = { PATH: process.env.PATH, SLIPWAY_WEBHOOK_SECRET: "5ecret" };
  const words = execFileSync("sh", ["-c", script], { env, encoding: "utf8" }).split("\0").slice(0, -1);
  const body = words.pop() ?? "";
  expect(words).toEqual([
    "-fsS",
    url,
    "-H",
    "Content-Type: application/json",
    "-H",
    "X-Hub-Signature-256: sha256=5ecret",
    "--data-binary",
  ]);
  expect(readPush(JSON.parse(body))).toMatchObject({
    ref: `refs/heads/${branch}`,
    after: commit,
    repositories: [repo_url],
  });
});

test("the address is the installation's own, or that of the page where it does not know it", () => {
  expect(webhookUrlOf({ webhook_url: "https://a.example.com/hook" }, "https://b.example.com")).toBe(
    "https://a.example.com/hook",
  );
  expect(webhookUrlOf({ webhook_url: null }, "https://b.example.com")).toBe(
    "https://b.example.com/api/webhooks/github",
  );
});
