import { describe, expect, test } from "@jest/globals";
import { type BuildCommandOptions, buildCommandOf } from "../../lib/build/reporter/build-command.ts";

const plain: BuildCommandOptions = {
  source: { root: "/work/source/web", dockerfile: "/work/source/docker/Dockerfile" },
  build: {
    root_dir: "web",
    dockerfile: "../docker/Dockerfile",
    platform: "linux/amd64",
    args: {},
    secrets: {},
    lost_secrets: [],
    target: null,
  },
  image: {
    repository: "registry.example.com/slipway",
    tag: "app-1-2-1",
    registry: "registry.example.com",
    credentials: {
      access_key_id: "key",
      secret_access_key: "secret",
      session_token: "token",
      expires_at: "2040-01-01T00:00:00Z",
    },
    cache: { repository: "registry.example.com/cache", from: ["main"], to: "main", seconds: 300 },
    builders: [],
  },
  metadataFile: "/work/metadata.json",
};
const withBuild = (change: Partial<BuildCommandOptions["build"]>) =>
  buildCommandOf({ ...plain, build: { ...plain.build, ...change } });

describe("the command that builds an image", () => {
  test("says just what a plain build needs", () => {
    expect(buildCommandOf(plain)).toEqual({
      args: [
        ...["buildx", "build", "--progress=rawjson", "--provenance=false", "--platform", "linux/amd64"],
        ...["--metadata-file", "/work/metadata.json", "--push", "-t", "registry.example.com/slipway:app-1-2-1"],
        ...["-f", "/work/source/docker/Dockerfile", "/work/source/web"],
      ],
      env: {},
    });
  });

  test("passes arguments as they are, whatever is in them", () => {
    const { args } = withBuild({ args: { MODE: "a b=c\n$d", EMPTY: "" } });
    expect(args).toEqual(expect.arrayContaining(["--build-arg", "MODE=a b=c\n$d", "EMPTY="]));
  });

  test("names secrets, whose values are in the environment and on no command line", () => {
    const { args, env } = withBuild({ secrets: { npm_token: "value-1", "pip.conf": "value-2" } });
    expect(args.join(" ")).toContain(
      "--secret id=npm_token,env=SLIPWAY_BUILD_SECRET_0 --secret id=pip.conf,env=SLIPWAY_BUILD_SECRET_1",
    );
    expect(args.join(" ")).not.toContain("value-");
    expect(env).toEqual({ SLIPWAY_BUILD_SECRET_0: "value-1", SLIPWAY_BUILD_SECRET_1: "value-2" });
  });

  test("builds the stage that is asked for, and every step anew where that is", () => {
    expect(withBuild({ target: "web" }).args.join(" ")).toContain("--target web");
    expect(buildCommandOf(plain).args).not.toContain("--no-cache");
    expect(buildCommandOf({ ...plain, image: { ...plain.image, cache: null } }).args).toContain("--no-cache");
  });
});
