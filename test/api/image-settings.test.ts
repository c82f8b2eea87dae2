import { beforeEach, describe, expect, test } from "@jest/globals";
import type { ApiDeps } from "../../lib/api/deps.ts";
import { handle } from "../../lib/api/handle.ts";
import { apiDeps } from "../support/api-deps.ts";

let deps: ApiDeps;
let created: number;
beforeEach(() => {
  deps = apiDeps().deps;
});

async function send(method: string, path: string, body: unknown) {
  const { body: answer } = await handle(deps, {
    method,
    path,
    query: {},
    headers: {},
    body: JSON.stringify(body),
    principal: { id: "token#9", name: "ada", role: "admin", apps: null },
    csrf: null,
    address: "192.0.2.1",
  });
  // biome-ignore lint/suspicious/noExplicitAny: the tests read what the wire carries, and say what it must be.
  const { id, port, health_check_path, from_image } = (answer as any).data;
  created = id;
  return { port, health_check_path, from_image };
}
const create = (change: object = {}) =>
  send("POST", "/api/apps", { name: "shop", repoUrl: "https://git.example.com/shop.git", ...change });
const patch = (change: object) => send("PATCH", `/api/apps/${created}`, change);

const both = ["port", "health_check_path"];

describe("settings that an image may say", () => {
  test("are the image's where an app is created without them, and have their defaults", async () => {
    expect(await create()).toEqual({ port: 3000, health_check_path: "/", from_image: both });
  });

  test("are the image's where an app is created with null", async () => {
    const given = { port: null, healthCheckPath: null };
    expect(await create(given)).toEqual({ port: 3000, health_check_path: "/", from_image: both });
  });

  test("are the app's where they are given, be it as their defaults", async () => {
    const given = { port: 3000, healthCheckPath: "/" };
    expect(await create(given)).toEqual({ port: 3000, health_check_path: "/", from_image: [] });
  });

  test("stay whose they are when others change, and change hands one by one", async () => {
    await create({ port: 8080 });
    expect(await patch({ cpu: 512, memory: 1024 })).toEqual({
      port: 8080,
      health_check_path: "/",
      from_image: ["health_check_path"],
    });
    expect(await patch({ healthCheckPath: "/up" })).toEqual({ port: 8080, health_check_path: "/up", from_image: [] });
    expect(await patch({ port: null })).toEqual({ port: 3000, health_check_path: "/up", from_image: ["port"] });
    expect(await patch({ healthCheckPath: null })).toEqual({ port: 3000, health_check_path: "/", from_image: both });
  });

  test("an app with a variable PORT has said its port", async () => {
    expect(await create({ env: { PORT: "3000" } })).toMatchObject({ port: 3000, from_image: ["health_check_path"] });
    expect(await patch({ env: {} })).toMatchObject({ from_image: ["health_check_path"] });
  });
});
