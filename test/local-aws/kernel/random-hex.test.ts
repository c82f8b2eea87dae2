import { expect, test } from "@jest/globals";
import { createRandomHex } from "@slipway/local-aws/kernel/random-hex";

test("digits are handed out once, of any length, also where the pool ends within them", () => {
  const randomHex = createRandomHex();
  const given = Array.from({ length: 3000 }, (_, n) => randomHex(20 + (n % 45)));
  expect(given.every((digits, n) => digits.length === 20 + (n % 45) && /^[0-9a-f]+$/.test(digits))).toBe(true);
  expect(new Set(given.map((digits) => digits.slice(0, 20))).size).toBe(3000);
});
