import { describe, expect, test } from "@jest/globals";
import { addressKey, cloneAddress, isLocal } from "../../packages/cli/src/repository/address.ts";
import { appsAt, appsOf } from "../../packages/cli/src/repository/match.ts";

describe("an address of a repository", () => {
  test.each([
    "https://github.com/Acme/Shop",
    "https://github.com/acme/shop.git",
    "https://ada:secret@github.com/acme/shop.git/",
    "git@github.com:acme/shop.git",
    "github.com:acme/shop",
    "ssh://git@github.com/acme/shop.git",
    "ssh://git@GitHub.com:22/acme/shop",
    "git://github.com/acme/shop.git",
  ])("%s is the same repository as the others", (address) => {
    expect(addressKey(address)).toBe("github.com/acme/shop");
  });

  test("of another host, port, path, or case where that counts, is another one", () => {
    const addresses = [
      "https://github.com/acme/shop2",
      "https://git.example.com/acme/shop",
      "https://git.example.com/acme/Shop",
      "https://git.example.com:8443/acme/shop",
      "/srv/git/shop",
    ];
    expect(new Set(addresses.map(addressKey)).size).toBe(addresses.length);
  });

  test("is a path or a file: address on this machine, with or without its .git", () => {
    expect(addressKey("/srv/my shop")).toBe(addressKey("file:///srv/my%20shop"));
    expect(addressKey("/srv/shop/.git")).toBe(addressKey("file:///srv/shop/"));
    expect(["/srv/shop", "file:///srv/shop", "https://github.com/a/b"].map(isLocal)).toEqual([true, true, false]);
  });

  test("becomes one that Slipway clones, without anybody's credentials", () => {
    expect(cloneAddress("git@github.com:acme/shop.git")).toBe("https://github.com/acme/shop.git");
    expect(cloneAddress("ssh://git@github.com/acme/shop")).toBe("https://github.com/acme/shop.git");
    expect(cloneAddress("https://ada:secret@github.com/acme/shop.git/")).toBe("https://github.com/acme/shop.git");
    expect(cloneAddress("/srv/git/shop")).toBe("/srv/git/shop");
  });
});

describe("which app is meant", () => {
  const app = (name: string, branch = "main", root_dir = ".", repo_url = "https://github.com/acme/shop.git") => ({
    name,
    branch,
    root_dir,
    repo_url,
  });
  const place = (directory = ".", branch: string | null = "main") => ({
    addresses: ["git@github.com:acme/shop.git", "/home/ada/shop"],
    directory,
    branch,
  });
  const names = (apps: readonly { name: string }[]) => apps.map(({ name }) => name);

  test("the one of this repository", () => {
    const apps = [app("shop"), app("other", "main", ".", "https://github.com/acme/other")];
    expect(names(appsAt(apps, place()))).toEqual(["shop"]);
    expect(appsAt(apps, { ...place(), addresses: ["/home/ada/third"] })).toEqual([]);
    expect(names(appsAt([app("here", "main", ".", "file:///home/ada/shop")], place()))).toEqual(["here"]);
  });

  test("in a folder the one whose root directory is around it, the innermost", () => {
    const apps = [app("all"), app("api", "main", "services/api"), app("web", "main", "services/web")];
    expect(names(appsAt(apps, place("services/api/src")))).toEqual(["api"]);
    expect(names(appsAt(apps, place("services")))).toEqual(["all"]);
    expect(names(appsAt(apps.slice(1), place()))).toEqual(["api", "web"]);
    // A name that begins alike is another folder.
    expect(names(appsAt(apps, place("services/api-docs")))).toEqual(["all"]);
  });

  test("of several that one which follows the branch; if none does, nobody can say", () => {
    const apps = [app("production"), app("staging", "develop")];
    expect(names(appsAt(apps, place(".", "develop")))).toEqual(["staging"]);
    expect(names(appsAt(apps, place(".", "feature")))).toEqual(["production", "staging"]);
  });

  test("of a folder only those that are built from just that one", () => {
    const apps = [app("all"), app("api", "main", "services/api")];
    expect(names(appsOf(apps, place("services/api"), "services/api"))).toEqual(["api"]);
    expect(names(appsOf(apps, place("services/api"), "."))).toEqual(["all"]);
  });
});
