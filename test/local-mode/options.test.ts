import { describe, expect, test } from "@jest/globals";
import { readOptions } from "../../lib/local-mode/options.ts";

describe("who gets in to a local mode", () => {
  test("is whoever started it, unless somebody asks for something else", () => {
    expect(readOptions([], {})).toMatchObject({ auth: "local", host: "127.0.0.1", open: true });
    expect(readOptions(["--auth", "loopback", "--no-open"], {})).toMatchObject({ auth: "loopback", open: false });
    expect(readOptions([], { SLIPWAY_AUTH: "required" })).toMatchObject({ auth: "required" });
    expect(() => readOptions(["--auth", "nobody"], {})).toThrow("--auth");
  });

  test.each(["local", "loopback"])("is nobody elsewhere with --auth %s: another address wants tokens", (auth) => {
    expect(() => readOptions(["--host", "0.0.0.0", "--auth", auth], {})).toThrow("needs --auth required");
    for (const host of ["127.0.0.1", "::1", "localhost"])
      expect(readOptions(["--host", host, "--auth", auth], {}).host).toBe(host);
  });

  test("is anybody with a token at any address with --auth required", () => {
    expect(readOptions(["--host", "0.0.0.0", "--auth", "required"], {}).host).toBe("0.0.0.0");
  });
});

test("calls are recorded only where a file is named", () => {
  expect(readOptions([], {}).record).toBeNull();
  expect(readOptions(["--record", "calls.jsonl"], {}).record).toBe("calls.jsonl");
});
