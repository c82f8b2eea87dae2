import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { localAccess } from "slipway/local-access/client";
import { find, register, registryDirectory } from "slipway/local-access/registry";
import { type LocalDesk, serveLocalAccess } from "../../lib/local-mode/access/server.ts";
import { longestSocketPath, socketPaths } from "../../lib/local-mode/access/socket-path.ts";

let place: string;
let list: string;
const closing: (() => Promise<void>)[] = [];

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "slipway-access-"));
  list = join(place, "list");
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  rmSync(place, { recursive: true, force: true });
});

const desk = (port = 8080): LocalDesk => ({
  credentials: () => ({ port, token: "a secret" }),
  link: async (to) => ({ url: `http://localhost:${port}/login?to=${to}#code=c`, page: "/page.html" }),
});
async function serve(data: string, port = 8080): Promise<string> {
  const server = await serveLocalAccess(socketPaths(data, { XDG_RUNTIME_DIR: place }), desk(port));
  closing.push(server.close);
  register(list, { port, data, socket: server.path });
  return server.path;
}
const dataDirectory = (name = "data"): string => {
  const data = join(place, name);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  return data;
};

describe("the list of local modes", () => {
  test("lies in the user's state directory; a relative path counts as none", () => {
    expect(registryDirectory({ XDG_STATE_HOME: "/state" }, "/home/ada")).toBe("/state/slipway/local");
    expect(registryDirectory({ XDG_STATE_HOME: "state" }, "/home/ada")).toBe("/home/ada/.local/state/slipway/local");
  });

  test("has one entry a port and one a data directory, which its own local mode alone takes out", () => {
    const first = register(list, { port: 8080, data: "/one", socket: "/one/s" });
    register(list, { port: 8081, data: "/one", socket: "/one/t" });
    expect(readdirSync(list)).toEqual(["8081.json"]);
    const second = register(list, { port: 8081, data: "/two", socket: "/two/s" });
    first();
    expect(find(list, 8081)).toMatchObject({ outcome: "found", entry: { data: "/two" } });
    second();
    expect(find(list, 8081)).toEqual({ outcome: "absent" });
  });

  test.each([
    ["a file that others may read", () => chmodSync(join(list, "8080.json"), 0o640)],
    ["a directory that others may enter", () => chmodSync(list, 0o711)],
    [
      "a link to a file",
      () => {
        rmSync(join(list, "8080.json"));
        symlinkSync("/etc/hostname", join(list, "8080.json"));
      },
    ],
  ])("is not believed with %s", async (_what, change) => {
    await serve(dataDirectory());
    change();
    expect(await localAccess(list).credentials(8080)).toMatchObject({ outcome: "distrusted" });
  });

  test("that says nonsense says nothing", () => {
    register(list, { port: 8080, data: "/one", socket: "/one/s" });
    writeFileSync(join(list, "8080.json"), "{");
    expect(find(list, 8080)).toEqual({ outcome: "absent" });
  });
});

describe("the Unix socket", () => {
  test("answers the user, is theirs alone, and is gone afterwards", async () => {
    const path = await serve(dataDirectory());
    expect(path).toBe(join(place, "data", "slipway.sock"));
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
    expect(await localAccess(list).credentials(8080)).toMatchObject({ answer: { token: "a secret" } });
    const linked = await localAccess(list).link(8080, "/deployments/7");
    expect(linked).toMatchObject({ answer: { url: expect.stringContaining("to=/deployments/7#code=") } });
    for (const close of closing.splice(0)) await close();
    expect(existsSync(path)).toBe(false);
    expect(await localAccess(list).credentials(8080)).toMatchObject({ outcome: "silent" });
  });

  test.each(["//evil.example", "https://evil.example", "/\\evil.example", ""])("leads nobody to %j", async (to) => {
    await serve(dataDirectory());
    expect(await localAccess(list).link(8080, to)).toMatchObject({ outcome: "silent" });
  });

  test("of a data directory with a long path lies in a private runtime directory", async () => {
    const data = dataDirectory("d".repeat(longestSocketPath));
    const path = await serve(data);
    expect(Buffer.byteLength(path)).toBeLessThanOrEqual(longestSocketPath);
    expect(path.startsWith(join(place, `slipway-${process.getuid?.()}`))).toBe(true);
    expect(await localAccess(list).credentials(8080)).toMatchObject({ outcome: "answered" });
  });

  test("is opened in no directory that others can enter", async () => {
    const data = dataDirectory("d".repeat(longestSocketPath));
    mkdirSync(join(place, `slipway-${process.getuid?.()}`), { mode: 0o777 });
    chmodSync(join(place, `slipway-${process.getuid?.()}`), 0o777);
    await expect(serve(data)).rejects.toMatchObject({
      errors: [{ message: expect.stringContaining("open to other") }],
    });
  });

  test("that a killed process left is replaced; another file in its place is not", async () => {
    const data = dataDirectory();
    const path = join(data, "slipway.sock");
    const killed = createServer();
    await new Promise<void>((done) => killed.listen(path, done));
    await serve(data);
    expect(await localAccess(list).credentials(8080)).toMatchObject({ outcome: "answered" });
    for (const close of closing.splice(0)) await close();
    killed.close();
    writeFileSync(path, "precious");
    await serve(data);
    expect(lstatSync(path).isFile()).toBe(true);
  });

  test("of a local mode that serves another port than the one asked about gives nothing", async () => {
    const data = dataDirectory();
    const socket = await serve(data, 8081);
    register(list, { port: 8080, data, socket });
    expect(await localAccess(list).credentials(8080)).toMatchObject({ outcome: "silent" });
  });
});
