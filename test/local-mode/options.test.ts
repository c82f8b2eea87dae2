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

test("apps may take every port, unless the environment names a share of them", () => {
  expect(readOptions([], {}).appPorts).toEqual({ nth: 0, of: 1 });
  expect(readOptions([], { SLIPWAY_APP_PORTS: "2/4" }).appPorts).toEqual({ nth: 2, of: 4 });
  expect(() => readOptions([], { SLIPWAY_APP_PORTS: "2/0" })).toThrow("must be a share");
});

describe("a domain", () => {
  test("is none unless somebody names one, and its apps are at port 8443", () => {
    expect(readOptions([], {})).toMatchObject({ domain: null, httpsPort: 8443 });
    const given = ["--domain", "apps.localhost", "--https-port", "0"];
    expect(readOptions(given, {})).toMatchObject({ domain: "apps.localhost", httpsPort: 0 });
    const env = { SLIPWAY_DOMAIN: "apps.test", SLIPWAY_HTTPS_PORT: "9443" };
    expect(readOptions([], env)).toMatchObject({ domain: "apps.test", httpsPort: 9443 });
  });

  test.each(["localhost", "*.localhost", "apps.localhost."])("%s is refused", (domain) => {
    expect(() => readOptions(["--domain", domain], {})).toThrow("--domain must be a domain");
  });
});

test("apps are internal only where it is asked for, and are called at port 8081", () => {
  expect(readOptions([], {})).toMatchObject({ privateNames: false, privatePort: 8081 });
  const given = ["--private-names", "--private-port", "0"];
  expect(readOptions(given, {})).toMatchObject({ privateNames: true, privatePort: 0 });
  const env = { SLIPWAY_PRIVATE_NAMES: "true", SLIPWAY_PRIVATE_PORT: "9081" };
  expect(readOptions([], env)).toMatchObject({ privateNames: true, privatePort: 9081 });
  expect(() => readOptions(["--private-port", "many"], {})).toThrow("--private-port must be a port number");
});
