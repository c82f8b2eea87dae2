import { describe, expect, test } from "@jest/globals";
import { type ImageConfig, settingsOfImage, settingsOfUnreadImage, withImage } from "../../lib/core/image-config.ts";
import { someSettings } from "../support/deployments.ts";

const image = (change: Partial<ImageConfig>): ImageConfig => ({ exposed: [], env: [], healthCheck: [], ...change });
const both = ["port", "health_check_path"] as const;
const said = (change: Partial<ImageConfig>) => settingsOfImage(image(change), [...both]);

describe("the port of an image", () => {
  test.each<[name: string, image: Partial<ImageConfig>, port: number | null]>([
    ["that exposes one", { exposed: ["8080/tcp"] }, 8080],
    ["that exposes one without a protocol", { exposed: ["80"] }, 80],
    ["that exposes a range", { exposed: ["8000-8002/tcp"] }, 8000],
    ["that exposes none", {}, null],
    ["that exposes UDP only", { exposed: ["53/udp"] }, null],
    ["that exposes no number", { exposed: ["http/tcp", "0/tcp", "70000/tcp"] }, null],
    ["that exposes one for a debugger, too", { exposed: ["8080/tcp", "5005/tcp"] }, 8080],
    ["that exposes a debugger's alone", { exposed: ["9229/tcp"] }, 9229],
    ["that exposes several", { exposed: ["443/tcp", "80/tcp"] }, 80],
    ["that exposes several, and names one in PORT", { exposed: ["80/tcp", "8080/tcp"], env: ["PORT=8080"] }, 8080],
    ["whose PORT is none of those that it exposes", { exposed: ["80/tcp"], env: ["PORT=8080"] }, 80],
    [
      "whose health check asks one of several",
      { exposed: ["2019/tcp", "8080/tcp"], healthCheck: ["CMD-SHELL", "curl -f http://localhost:8080/ || exit 1"] },
      8080,
    ],
  ])("%s", (_name, config, port) => {
    expect(said(config).port).toBe(port);
  });

  test("is reported, with the others where there are some", () => {
    expect(said({ exposed: ["8080/tcp"] }).lines).toEqual(["Using port 8080, which the image exposes."]);
    expect(said({ exposed: ["443/tcp", "80/tcp"] }).lines).toEqual([
      "Using port 80 of those that the image exposes (80, 443). Set the app's port to use another.",
    ]);
  });
});

describe("the health check path of an image", () => {
  test.each<[name: string, healthCheck: readonly string[], path: string | null]>([
    ["with a shell's command", ["CMD-SHELL", "curl -fsS http://localhost:3000/healthz || exit 1"], "/healthz"],
    ["with words", ["CMD", "wget", "-qO-", "http://127.0.0.1/up"], "/up"],
    ["that asks for no path", ["CMD-SHELL", "curl -f http://[::1]:$PORT"], "/"],
    ["whose path is known only as it runs", ["CMD-SHELL", "curl -f http://localhost/$NAME"], null],
    ["that asks another machine", ["CMD-SHELL", "curl -f http://example.com/x"], null],
    ["that asks nothing over HTTP", ["CMD", "node", "health.js"], null],
    ["that is switched off", ["NONE"], null],
    ["without a check", [], null],
  ])("%s", (_name, healthCheck, path) => {
    expect(said({ healthCheck }).health_check_path).toBe(path);
  });

  test("is reported, and that a check asks for none", () => {
    expect(said({ healthCheck: ["CMD-SHELL", "curl http://localhost/up"] }).lines).toEqual([
      "Using the health check path /up from the image's HEALTHCHECK.",
    ]);
    expect(said({ healthCheck: ["CMD", "node", "health.js"] }).lines).toEqual([
      "The image's HEALTHCHECK requests no path over HTTP. Using the health check path /: set the app's if it is another.",
    ]);
    expect(said({ healthCheck: ["NONE"] }).lines).toEqual([]);
  });
});

test("what the app says itself is not taken from the image", () => {
  const all = image({ exposed: ["8080/tcp"], healthCheck: ["CMD-SHELL", "curl http://localhost/up"] });
  expect(settingsOfImage(all, ["port"])).toMatchObject({ port: 8080, health_check_path: null });
  expect(settingsOfImage(all, [])).toEqual({ port: null, health_check_path: null, lines: [] });
  const settings = someSettings({ port: 3000, health_check_path: "/mine" });
  expect(withImage(settings, { port: 8080, health_check_path: null })).toEqual({ ...settings, port: 8080 });
  expect(withImage(settings, null)).toEqual(settings);
});

test("of an image that cannot be read the app's own settings count, and the log says so", () => {
  const settings = someSettings({ port: 3000, health_check_path: "/", from_image: ["port", "health_check_path"] });
  const unread = settingsOfUnreadImage(settings);
  expect(withImage(settings, unread)).toEqual(settings);
  expect(unread.lines).toEqual([
    "The registry did not say what the image exposes and how its health is checked. Using port 3000 and the health check path /. Set them on the app to use others, or deploy again.",
  ]);
  expect(settingsOfUnreadImage({ ...settings, from_image: ["port"] }).lines[0]).toContain("Using port 3000. Set");
});
