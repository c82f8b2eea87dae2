import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { repositoryKey } from "../../../lib/core/push/repository.ts";

test.each([
  [
    "github.com/acme/shop",
    [
      "https://github.com/acme/shop",
      "https://GitHub.com/Acme/Shop.git",
      "https://www.github.com/acme/shop/",
      "https://github.com:443/acme/shop.git/",
      "git://github.com/acme/shop.git",
      "ssh://git@github.com/acme/shop.git",
      "ssh://git@github.com:22/acme/shop",
      "git@github.com:acme/shop.git",
      "github.com:acme/shop",
    ],
  ],
  [
    "git.example.com/Group/sub/Shop",
    ["https://git.example.com/Group/sub/Shop.git", "git@git.example.com:Group/sub/Shop"],
  ],
  ["git.example.com:3000/acme/shop", ["http://git.example.com:3000/acme/shop.git"]],
  ["file:/home/ada/shop", ["/home/ada/shop", "file:///home/ada/shop/", "file:///home/ada/shop/.git"]],
  ["file:/home/ada/my shop", ["/home/ada/my shop", "file:///home/ada/my%20shop"]],
])("%s is one repository under all its addresses", (key, addresses) => {
  expect(addresses.map(repositoryKey)).toEqual(addresses.map(() => key));
});

test("what differs in its path, its case or its port is another repository, but for GitHub's case", () => {
  const addresses = [
    "https://git.example.com/acme/shop",
    "https://git.example.com/acme/Shop",
    "https://git.example.com/acme/shop-api",
    "https://git.example.com:8443/acme/shop",
    "https://github.com/acme/shop",
    "https://git.example.com/shop",
    "/acme/shop",
  ];
  expect(new Set(addresses.map(repositoryKey)).size).toBe(addresses.length);
});

test.each(["", "shop", "C:\\shop", "https://github.com", "https://github.com/.git", "file:///", "nonsense://"])(
  "%j is no repository's address",
  (address) => expect(repositoryKey(address)).toBeNull(),
);

test("anything at all has a key or none, and the key does not depend on a trailing .git", () => {
  fc.assert(fc.property(fc.string(), (text) => void repositoryKey(text)));
  const name = fc.stringMatching(/^[a-z][a-z-]{0,8}$/);
  fc.assert(
    fc.property(name, name, name, (host, owner, repository) => {
      const address = `https://${host}.example.com/${owner}/${repository}`;
      expect(repositoryKey(`${address}.git`)).toBe(repositoryKey(address));
      expect(repositoryKey(`git@${host}.example.com:${owner}/${repository}.git`)).toBe(repositoryKey(address));
    }),
  );
});
