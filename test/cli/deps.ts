import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { App, Deployment } from "@slipway/monitor/client";
import { exampleApp } from "../../lib/api/openapi/examples.ts";
import { Context } from "../../packages/cli/src/command/context.ts";
import { main } from "../../packages/cli/src/main.ts";
import type { CliDeps, Questions } from "../../packages/cli/src/system/deps.ts";
import { someDeployment } from "../monitor/client/simulated-client.ts";

interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
/** Answers a request as a server would; a string is what the network fails with. */
type Server = (method: string, path: string, body: unknown, headers: Headers) => Reply | string;

interface TestDeps extends CliDeps {
  readonly said: { out: string; err: string };
}

interface Options {
  readonly server?: Server;
  readonly input?: string;
  readonly questions?: Partial<Questions>;
  readonly env?: Readonly<Record<string, string>>;
  /** The terminal's columns; without them there is none. */
  readonly columns?: number;
  readonly now?: number;
  readonly run?: CliDeps["run"];
  readonly localAccess?: Partial<CliDeps["localAccess"]>;
}

const nobody: Server = () => "ECONNREFUSED";
const absent = async () => ({ outcome: "absent" }) as const;
const nothing = async () => ({ code: null, stdout: "", stderr: "" });

/** A machine on which commands run: what they write is kept, and the network is a function. */
export function cliDeps(options: Options = {}): TestDeps {
  const {
    server = nobody,
    input = "",
    questions,
    env = {},
    columns,
    now = Date.parse("2026-01-01T00:00:00Z"),
    run = nothing,
    localAccess = {},
  } = options;
  const said = { out: "", err: "" };
  const output = (name: "out" | "err") => ({
    write: (text: string) => {
      said[name] += text;
    },
    isTerminal: columns !== undefined,
    columns: () => columns,
  });
  const asked = () => Promise.reject(new Error("Nobody was to be asked that."));
  return {
    said,
    env: { XDG_CONFIG_HOME: "/nowhere", ...env },
    cwd: "/",
    homeDirectory: "/nowhere",
    platform: "linux",
    nodeVersion: "24.21.0",
    out: output("out"),
    err: output("err"),
    questions:
      questions === undefined ? null : { confirm: asked, text: asked, secret: asked, choose: asked, ...questions },
    readInput: async () => input,
    run,
    addressesOf: async () => [],
    onInterrupt: () => () => {},
    localAccess: { credentials: absent, link: absent, ...localAccess },
    now: () => now,
    surroundings: { fetch: fetchFrom(server) },
  };
}

const fetchFrom =
  (server: Server): typeof fetch =>
  async (address, { method = "GET", body, headers } = {}) => {
    const { pathname, search } = new URL(String(address));
    const result = server(
      method,
      pathname + search,
      body === undefined ? undefined : JSON.parse(String(body)),
      new Headers(headers),
    );
    if (typeof result === "string")
      throw new TypeError("fetch failed", { cause: Object.assign(new Error(result), { code: result }) });
    return Response.json(result.body, {
      status: result.status,
      ...(result.headers === undefined ? {} : { headers: result.headers }),
    });
  };

export const data = (value: unknown): Reply => ({
  status: 200,
  body: { success: true, data: value, next_cursor: null },
});

export const refusal = (status: number, code: string, error: string, details: readonly unknown[] = []): Reply => ({
  status,
  body: { success: false, error, code, details },
});

export const contextOf = (deps: CliDeps): Context => new Context(deps, {});

/** Runs a command line; answers its status and what it wrote. Its configuration is gone afterwards, unless `env` says where it lies. */
export async function slipway(
  options: Options,
  ...words: string[]
): Promise<{ status: number; out: string; err: string }> {
  const home = mkdtempSync(join(tmpdir(), "slipway-cli-"));
  const deps = cliDeps({ ...options, env: { XDG_CONFIG_HOME: home, ...options.env } });
  try {
    const status = await main(words, deps, "1.2.3");
    return { status, ...deps.said };
  } finally {
    rmSync(home, { recursive: true });
  }
}

/** An app as the API answers it, which was never released. */
export const someApp = (change: Partial<App>): App => ({
  ...exampleApp,
  repo_url: "https://github.com/acme/shop",
  strategy: { type: "rolling" },
  build_args: {},
  build_secrets: [],
  health_check_path: "/",
  from_image: [],
  env: {},
  secrets: [],
  url: "http://shop.localhost:8080",
  direct_url: null,
  live_deployment_id: null,
  health: "none",
  pending_changes: [],
  webhook_url: null,
  badge_url: null,
  created_at: "2026-01-01T00:00:00.000Z",
  ...change,
});

export const deploymentOf = (change: Partial<Deployment>): Deployment => someDeployment(change);
