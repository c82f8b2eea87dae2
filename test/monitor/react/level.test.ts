// Which lines of a log say that something went wrong, and which of them says why a deployment failed.
import { describe, expect, test } from "@jest/globals";
import type { LogLine } from "@slipway/monitor/client";
import { failingLine, isError } from "../../../packages/monitor/src/react/log/level.ts";

let cursor = 0;
const lineOf = (text: string, stream: LogLine["stream"] = "stdout"): LogLine => ({
  line: `${text}\n`,
  stream,
  timestamp: "2026-01-02T03:04:05.678Z",
  cursor: ++cursor,
});

describe("a line is an error", () => {
  test.each([
    "npm error code E404",
    "npm ERR! missing script: build",
    "src/index.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'.",
    "error[E0425]: cannot find value `x` in this scope",
    "TypeError: Cannot read properties of undefined",
    "\u001b[31merror: failed to compile\u001b[0m",
    "Traceback (most recent call last):",
    "fatal: repository 'https://git.example.com/shop.git/' not found",
    "/bin/sh: 1: mvn: not found",
    "panic: runtime error: index out of range",
    'ERROR: process "/bin/sh -c exit 7" did not complete successfully: exit code: 7',
    '{"level":"error","msg":"payment refused"}',
    '{"level":50,"time":1796073993152,"pid":1,"msg":"payment refused"}',
    '{"severity":"CRITICAL","message":"no more disk"}',
    '{"@timestamp":"2026-01-02T03:04:05Z","log.level":"fatal","message":"bye"}',
    'time="2026-01-02T03:04:05Z" level=error msg="payment refused"',
  ])("%s", (text) => expect(isError(lineOf(text, "stderr"))).toBe(true));
});

describe("a line is no error, though it was written to standard error or contains the word", () => {
  test.each([
    "exporting manifest sha256:0123456789abcdef",
    "#12 [3/5] RUN npm ci",
    "npm warn deprecated inflight@1.0.6: not supported",
    "added 120 packages in 3s, 0 errors",
    "copying error-handler.js",
    "Compiled without errors",
    '{"level":"info","msg":"retried after TypeError: x is null"}',
    '{"level":30,"msg":"GET /error"}',
    '{"severity":3,"message":"syslog counts from 0 to 7"}',
    "level=info msg=started",
  ])("%s", (text) => expect(isError(lineOf(text, "stderr"))).toBe(false));
});

describe("the failing line", () => {
  test("is the first of the last errors in a row, not what BuildKit and Slipway make of it", () => {
    const lines = [
      lineOf("Step 1/2 : FROM node:24"),
      lineOf("npm error code E1", "stderr"),
      lineOf("retrying"),
      lineOf("npm error code E404", "stderr"),
      lineOf("npm error 404 Not Found", "stderr"),
      lineOf('ERROR: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1', "stderr"),
      lineOf("Deployment failed in building: npm ci ended with 1", "system"),
    ];
    expect(failingLine(lines)).toBe(3);
  });

  test.each([
    'ERROR: failed to build: failed to solve: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1',
    'ERROR: failed to solve: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1',
    'Error: building at STEP "RUN npm ci": while running runtime: exit status 1',
  ])("is not how the builder ends: %s", (ending) => {
    const lines = [
      lineOf("TypeError: x is undefined", "stderr"),
      lineOf("    at main", "stderr"),
      lineOf(ending, "stderr"),
    ];
    expect(failingLine(lines)).toBe(0);
  });

  test("is what the builder says of a Dockerfile that it cannot read", () => {
    const lines = [lineOf("Cloning"), lineOf("ERROR: failed to solve: dockerfile parse error on line 3", "stderr")];
    expect(failingLine(lines)).toBe(1);
  });

  test("is the last that a command printed where nothing looks like an error", () => {
    const lines = [lineOf("preparing"), lineOf("Deployment failed in building: exit 7", "system")];
    expect(failingLine(lines)).toBe(0);
  });

  test("is the sentence of Slipway where nothing else was printed", () => {
    expect(failingLine([lineOf("Cloning", "system"), lineOf("Deployment failed in cloning", "system")])).toBe(1);
    expect(failingLine([])).toBeNull();
  });
});
