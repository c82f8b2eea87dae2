import { expect, test } from "@jest/globals";
import { appBlock, nextSteps, readyScreen } from "../../lib/local-mode/screen.ts";

const started = {
  url: "http://localhost:8080",
  engine: "host",
  whyEngine: "neither docker nor podman is installed.",
  data: ".slipway",
  link: "http://localhost:8080/login#code=abc",
  messages: [],
};

test("a start says what runs, where, and what its engine means", () => {
  expect(readyScreen(started)).toBe(`
  Dashboard  http://localhost:8080
  Sign in    http://localhost:8080/login#code=abc
             Works once, within 10 minutes. npx slipway open makes another link.
  Engine     none: neither docker nor podman is installed.
             Dockerfile steps run on this machine, in a sandbox. Base images are not used.
             For real images, start Docker or Podman and run npm start again.
  Data       .slipway  (kept when Slipway stops; --fresh starts over)

`);
});

test("with an engine there is nothing to start, without a link nobody signs in by one, and what must be known is said", () => {
  const screen = readyScreen({
    ...started,
    engine: "podman",
    whyEngine: "podman answers.",
    link: null,
    messages: ["Authentication is off."],
  });
  expect(screen).toContain("Engine     podman: podman answers.\n             Images are built and run for real");
  expect(screen).not.toContain("Sign in");
  expect(screen).not.toContain("start Docker");
  expect(screen).toMatch(/\nAuthentication is off\.\n\n$/);
});

test("what to try next is a command and a page", () => {
  const steps = nextSteps("http://localhost:8080", "/home/ada/slipway/node_modules/.bin/slipway");
  expect(steps).toMatch(/Deploy +http:\/\/localhost:8080\/apps\/new\n.*\n +\/home\/ada\/slipway\/\S+\/slipway up\n/);
  expect(appBlock("Example", ["http://a", "http://b"])).toBe("\n  Example    http://a\n             http://b\n");
});

test("no line is wider than a terminal of 100 columns", () => {
  const lines = `${readyScreen(started)}${nextSteps(started.url, "/home/ada/slipway/node_modules/.bin/slipway")}`.split(
    "\n",
  );
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100);
});
