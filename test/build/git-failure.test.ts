import { expect, test } from "@jest/globals";
import { cloneFailure } from "../../lib/build/reporter/git-failure.ts";
import { namesNextStep } from "../support/next-step.ts";

const clone = { url: "https://git.example/shop", commit: "", branch: "main" };

test.each([
  "reference_missing",
  "repository_missing",
  "access_denied",
  "moved",
  "unreachable",
  "path_too_long",
  "other",
  "repository_empty",
  "address_refused",
] as const)("a clone that failed (%s) says what to do", (trouble) => {
  for (const commit of ["", "a".repeat(40)]) {
    const { message } = cloneFailure(trouble, { ...clone, commit }, "fatal: it went wrong");
    expect({ message, says: namesNextStep(message) }).toEqual({ message, says: true });
  }
});
