import { describe, expect, test } from "@jest/globals";
import {
  dockerfilesOf,
  label,
  obviousDockerfile,
  propose,
} from "../../packages/cli/src/repository/proposal/propose.ts";

const address = "https://github.com/acme/My_Shop.git";

function proposalFor(
  files: Readonly<Record<string, string>>,
  more: { mentions?: string[]; takenNames?: string[]; dockerfile?: string } = {},
) {
  const seen = {
    files: Object.keys(files),
    read: (path: string) => files[path] ?? null,
    mentions: more.mentions ?? [],
    address,
    branch: { value: "main", because: "this branch" },
    takenNames: more.takenNames ?? [],
  };
  const proposal = propose(seen, more.dockerfile ?? "Dockerfile");
  return Object.fromEntries(Object.entries(proposal).map(([field, { value }]) => [field, value]));
}

describe("what is proposed for a repository", () => {
  test("with a Dockerfile that says nothing is what the API takes for granted", () => {
    expect(proposalFor({ Dockerfile: "FROM scratch" })).toEqual({
      name: "my-shop",
      repoUrl: address,
      branch: "main",
      rootDir: ".",
      dockerfile: "Dockerfile",
      port: null,
      healthCheckPath: null,
    });
  });

  test.each([
    ["EXPOSE 8080", 8080],
    ["EXPOSE 8080/tcp 9000", 8080],
    ["EXPOSE 53/udp 8080", 8080],
    ["ENV PORT=4000\nEXPOSE $PORT", 4000],
    ["ENV PORT 4000", 4000],
    ["ARG PORT=5000\nEXPOSE $PORT 9229", 5000],
    ["ARG PORT\nEXPOSE $PORT 9229", null],
    ["EXPOSE 99999", null],
  ])("takes the port from %j", (text, port) => {
    expect(proposalFor({ Dockerfile: `FROM node:24\n${text}` })).toMatchObject({ port });
  });

  test("counts what the last stage exposes only", () => {
    const Dockerfile = "FROM node:24 AS build\nEXPOSE 1111\nFROM nginx\nEXPOSE 80";
    expect(proposalFor({ Dockerfile })).toMatchObject({ port: 80 });
  });

  test.each([
    ["HEALTHCHECK CMD curl -f http://localhost:3000/healthz || exit 1", "/healthz"],
    ['HEALTHCHECK --interval=5s CMD ["wget", "-q", "http://127.0.0.1/up"]', "/up"],
    ["HEALTHCHECK CMD curl -f http://localhost:3000", "/"],
    ["HEALTHCHECK NONE", null],
  ])("takes the health check from %j", (text, healthCheckPath) => {
    expect(proposalFor({ Dockerfile: `FROM node:24\n${text}` })).toMatchObject({ healthCheckPath });
  });

  test("knows health checks of frameworks, and those that the source names", () => {
    const Dockerfile = "FROM x";
    expect(
      proposalFor({ Dockerfile, "pom.xml": "<artifactId>spring-boot-starter-actuator</artifactId>" }),
    ).toMatchObject({ healthCheckPath: "/actuator/health" });
    expect(proposalFor({ Dockerfile, "Gemfile.lock": "    rails (8.0.1)\n" })).toMatchObject({
      healthCheckPath: "/up",
    });
    expect(proposalFor({ Dockerfile, "Gemfile.lock": "    rails (6.1.0)\n" })).toMatchObject({ healthCheckPath: null });
    expect(proposalFor({ Dockerfile }, { mentions: ["/ping", "/healthz"] })).toMatchObject({
      healthCheckPath: "/healthz",
    });
  });

  test("is named by package.json, else by the folder, else by the repository, and never as another app", () => {
    const files = {
      "services/api/Dockerfile": "FROM x",
      "services/api/package.json": '{"name":"@acme/Order.Service"}',
    };
    expect(proposalFor(files, { dockerfile: "services/api/Dockerfile" })).toMatchObject({
      name: "order-service",
      rootDir: "services/api",
    });
    expect(
      proposalFor({ "services/api/Dockerfile": "FROM x" }, { dockerfile: "services/api/Dockerfile" }),
    ).toMatchObject({ name: "api" });
    expect(proposalFor({ Dockerfile: "FROM x", "package.json": "{ broken" })).toMatchObject({ name: "my-shop" });
    expect(proposalFor({ Dockerfile: "FROM x" }, { takenNames: ["my-shop", "my-shop-2"] })).toMatchObject({
      name: "my-shop-3",
    });
  });
});

test("a label is one that DNS takes", () => {
  expect(["@acme/My_Shop.git", "--x--", "a".repeat(80), "日本"].map(label)).toEqual([
    "my-shop",
    "x",
    "a".repeat(63),
    "",
  ]);
});

describe("which Dockerfile is meant", () => {
  const files = [
    "Dockerfile",
    "services/api/Dockerfile",
    "services/web/Dockerfile.prod",
    "node_modules/x/Dockerfile",
    "docs/dockerfile.md",
  ];
  const obvious = (directory: string, all = files) =>
    obviousDockerfile(dockerfilesOf({ files: all }, directory), directory);

  test("the one of the folder, else the one around it", () => {
    expect([obvious("."), obvious("services/api"), obvious("services/api/src")]).toEqual([
      "Dockerfile",
      "services/api/Dockerfile",
      "services/api/Dockerfile",
    ]);
  });

  test("the only one there is, wherever it lies", () => {
    expect(obvious(".", ["services/api/Dockerfile"])).toBe("services/api/Dockerfile");
  });

  test("else nobody can say", () => {
    expect(obvious(".", files.slice(1))).toBeNull();
    expect(dockerfilesOf({ files: files.slice(1) }, ".")).toEqual([
      "services/api/Dockerfile",
      "services/web/Dockerfile.prod",
    ]);
    expect(obvious(".", [])).toBeNull();
  });
});
