import { describe, expect, test } from "@jest/globals";
import { hasScreen, openInBrowser } from "slipway/terminal/browser";
import { data, refusal, slipway } from "./deps.ts";

const me = { name: "local", role: "admin", apps: null, csrf: null };
const granting = {
  credentials: async (port: number) =>
    ({ outcome: "answered", data: "/home/ada/.slipway", answer: { port, token: "secret" } }) as const,
  link: async (port: number, to: string) =>
    ({
      outcome: "answered",
      data: "/home/ada/.slipway",
      answer: { url: `http://localhost:${port}/login?to=${to}#code=c`, page: "/home/ada/.slipway/sign-in.html" },
    }) as const,
};
const silent = async () => ({ outcome: "silent", data: "/home/ada/.slipway" }) as const;
const distrusted = async () => ({ outcome: "distrusted", why: "/x is open to other users (mode 0644)." }) as const;

/** Notes what it is sent. */
function server() {
  const sent: (string | null)[] = [];
  const answer = (_method: string, path: string, _body: unknown, headers: Headers) => {
    sent.push(headers.get("Authorization"));
    if (path === "/api/auth/me" && headers.get("Authorization") === "Bearer secret") return data(me);
    return refusal(401, "unauthorized", "Sign in.");
  };
  return { sent, answer };
}

describe("the secret of a local mode", () => {
  test.each(["http://localhost:8080", "http://127.0.0.1:9000", "http://[::1]:8080"])("is sent to %s", async (url) => {
    const { sent, answer } = server();
    const result = await slipway({ server: answer, localAccess: granting, env: { SLIPWAY_URL: url } }, "whoami");
    expect([result.status, sent]).toEqual([0, ["Bearer secret"]]);
  });

  test.each(["https://slipway.example", "http://slipway.example:8080", "https://localhost:8080"])(
    "is not sent to %s",
    async (url) => {
      const { sent, answer } = server();
      await slipway({ server: answer, localAccess: granting, env: { SLIPWAY_URL: url } }, "whoami");
      expect(sent).toEqual([null]);
    },
  );

  test("gives way to a token that somebody names", async () => {
    const { sent, answer } = server();
    await slipway({ server: answer, localAccess: granting }, "whoami", "--token", "given");
    expect(sent).toEqual(["Bearer given"]);
  });

  test("is no login: nothing is stored of it", async () => {
    const { answer } = server();
    const result = await slipway({ server: answer, localAccess: granting }, "whoami");
    expect(result.out).toContain("not needed on your own machine");
    expect(result.out + result.err).not.toContain("secret");
  });
});

test.each([
  [silent, /does not answer. Run npm start again/],
  [distrusted, /mode 0644/],
])("where it is not to be had, the refusal and the doctor say why", async (credentials, why) => {
  const { answer } = server();
  const result = await slipway({ server: answer, localAccess: { credentials } }, "whoami");
  expect(result).toMatchObject({ status: 3, err: expect.stringMatching(why) });
  const healthy = (method: string, path: string, body: unknown, headers: Headers) =>
    path === "/api/health" ? data({ status: "ok", time: "2026-01-01T00:00:00Z" }) : answer(method, path, body, headers);
  const findings = JSON.parse(
    (await slipway({ server: healthy, localAccess: { credentials } }, "doctor", "--json")).out,
  );
  expect(findings).toContainEqual(expect.objectContaining({ check: "this machine", outcome: "wrong" }));
});

describe("open", () => {
  const opened: string[][] = [];
  const run = async (program: string, args: readonly string[]) => {
    opened.push([program, ...args]);
    return { code: 0, stdout: "", stderr: "" };
  };

  test("prints a link that signs in, and leads the browser to it by a file, which other users cannot read", async () => {
    const { answer } = server();
    opened.length = 0;
    const result = await slipway({ server: answer, localAccess: granting, run }, "open");
    expect(result.out).toBe("http://localhost:8080/login?to=/#code=c\n");
    expect(opened).toEqual([["xdg-open", "file:///home/ada/.slipway/sign-in.html"]]);
  });

  test("is the plain address of any other server", async () => {
    opened.length = 0;
    const env = { SLIPWAY_URL: "https://slipway.example" };
    expect((await slipway({ localAccess: granting, run, env }, "open")).out).toBe("https://slipway.example/\n");
    expect(opened).toEqual([["xdg-open", "https://slipway.example/"]]);
  });
});

describe("a browser", () => {
  const run = async () => ({ code: 0 });

  test("opens pages and files, and no word of a command line", async () => {
    expect(await openInBrowser(run, "linux", "https://slipway.example")).toBe(true);
    expect(await openInBrowser(run, "linux", "--version")).toBe(false);
    expect(await openInBrowser(run, "linux", "javascript:alert(1)")).toBe(false);
  });

  test.each([
    ["linux", {}, false],
    ["linux", { DISPLAY: ":0" }, true],
    ["linux", { WAYLAND_DISPLAY: "wayland-0" }, true],
    ["linux", { WSL_DISTRO_NAME: "Debian" }, true],
    ["linux", { DISPLAY: "localhost:10.0", SSH_CONNECTION: "10.0.0.1 1 10.0.0.2 22" }, false],
    ["darwin", {}, true],
    ["darwin", { SSH_TTY: "/dev/ttys001" }, false],
    ["darwin", { CI: "true" }, false],
  ])("on %s with %j would be seen: %s", (platform, env, isSeen) => {
    expect(hasScreen(env, platform)).toBe(isSeen);
  });
});
