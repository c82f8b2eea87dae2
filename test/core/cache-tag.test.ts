import { createHash } from "node:crypto";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { cacheTag } from "../../lib/core/images.ts";

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
const tagOf = (branch: string): string => cacheTag(branch, hash);

test("every branch has a tag that ECR takes, and no two have the same", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 300 }),
      fc.string({ minLength: 1 }),
      (one, other) => {
        expect(tagOf(one)).toMatch(/^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}$/);
        expect(tagOf(one) === tagOf(other)).toBe(one === other);
      },
    ),
  );
  expect(tagOf("feature/a")).toMatch(/^branch-feature-a-[0-9a-f]{8}$/);
});
