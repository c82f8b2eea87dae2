import { expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { domainName, isWithin } from "../../../lib/core/domains/name.ts";

test.each([
  ["shop.example.com", "shop.example.com"],
  ["Shop.Example.COM.", "shop.example.com"],
  [" shop.example.com ", "shop.example.com"],
  ["bücher.example", "xn--bcher-kva.example"],
  ["xn--bcher-kva.example", "xn--bcher-kva.example"],
  ["例え.テスト", "xn--r8jz45g.xn--zckzah"],
  ["a-b.c1.example", "a-b.c1.example"],
])("%j is the domain %j", (given, name) => {
  expect(domainName(given)).toEqual({ name });
});

test.each([
  ["", "is not a host name"],
  ["localhost", "is not a host name"],
  ["shop_.example.com", "is not a host name"],
  ["-shop.example.com", "is not a host name"],
  ["shop-.example.com", "is not a host name"],
  ["shop..example.com", "is not a host name"],
  ["https://shop.example.com", "is not a host name"],
  ["shop.example.com/path", "is not a host name"],
  ["shop.example.com:443", "is not a host name"],
  ["user@example.com", "is not a host name"],
  ["shop example.com", "is not a host name"],
  [`${"a".repeat(64)}.example.com`, "is not a host name"],
  ["*.example.com", "is a wildcard; name each domain"],
  ["192.0.2.1", "is an IP address"],
  ["0xc0.0.2.1", "is an IP address"],
  ["2001:db8::1", "is an IP address"],
  ["[::1]", "is an IP address"],
  ["shop.123", "is not a host name"],
  [`${"a.".repeat(126)}example`, "is longer than 253 characters"],
])("%j is refused: %s", (given, objection) => {
  expect(domainName(given)).toEqual({ objection });
});

test("whatever is taken for a domain is one, and is the same when it is given again", () => {
  fc.assert(
    fc.property(fc.oneof(fc.domain(), fc.webAuthority(), fc.string()), (given) => {
      const read = domainName(given);
      if (!("name" in read)) return;
      expect(read.name).toMatch(/^[a-z0-9.-]{1,253}$/);
      expect(domainName(read.name)).toEqual(read);
    }),
  );
});

test("a domain is within itself and its parents, and not within what only ends alike", () => {
  expect(isWithin("shop.apps.example.com", "apps.example.com")).toBe(true);
  expect(isWithin("apps.example.com", "apps.example.com")).toBe(true);
  expect(isWithin("myapps.example.com", "apps.example.com")).toBe(false);
});
