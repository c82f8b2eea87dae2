// DNS rebinding: whoever reached an API at its own port named the control plane's host in a header, and was its administrator

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { idOf } from "@slipway/local-aws/services/apigateway/names";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";

let local: LocalMode;
beforeAll(async () => {
  local = await startLocalMode({ args: ["--auth", "loopback"] });
});
afterAll(async () => {
  await local.stop();
  removeDirectory(local.data);
});

/** The TCP ports of the loopback address on which that process listens, from the kernel. */
function portsOf(pid: number): number[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    }),
  );
  const rows = readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1);
  const fields = rows
    .map((row) => row.trim().split(/\s+/))
    .filter((row) => row[3] === "0A" && inodes.has(row[9] ?? ""));
  return fields.map((row) => Number.parseInt(String(row[1]).split(":")[1] ?? "", 16));
}

/** What is answered there; `""`: nothing that is HTTP. */
function ask(port: number, path: string, headers: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve) => {
    const asked = request({ host: "127.0.0.1", port, path, headers }, (answer) => {
      text(answer).then(resolve, () => resolve(""));
    });
    asked.on("error", () => resolve(""));
    asked.end();
  });
}

const onLinux = process.platform === "linux" ? test : test.skip;

onLinux.each([{}, { "X-Slipway-Edge": "" }, { "X-Slipway-Edge": "0".repeat(48) }])(
  "no listener believes a caller who names the control plane's host, with %j",
  async (edge) => {
    const own = new URL(local.url);
    const ports = portsOf(local.process.pid ?? 0);
    expect(ports).toContain(Number(own.port));
    const headers = { Host: `evil.example:${own.port}`, "X-Slipway-Host": own.host, ...edge };
    const paths = ["/api/apps", ...restPaths()];
    const asked = ports.flatMap((port) => paths.map((path) => ({ port, path })));
    const answers = await Promise.all(asked.map(({ port, path }) => ask(port, path, headers)));
    // The REST API is there at its own port too, and refuses.
    expect(answers.filter((answer) => answer.includes('"unauthorized"')).length).toBeGreaterThan(1);
    expect(answers.filter((answer) => answer.includes('"success":true'))).toEqual([]);
  },
);

/** Addresses of the REST API at its own port: `/<api>/prod/…`. The id follows from a name that CDK gives. */
function restPaths(): string[] {
  const folder = "cdk.out";
  const templates = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".template.json"),
  );
  const resources = templates.flatMap((name) => [
    ...readFileSync(join(folder, name), "utf8").matchAll(/"(\w+)": *\{\s*"Type": *"AWS::ApiGateway::RestApi"/g),
  ]);
  return [...new Set(resources.map(([, logicalId = ""]) => `/${idOf(logicalId)}/prod/api/apps`))];
}
