// coolify#10767, coolify#7019: secrets were shown in logs
import { expect, test } from "@jest/globals";
import { redactor } from "@slipway/text/redactor";

test("an app's secrets and the shapes of common tokens are taken out before a line is stored", () => {
  const redact = redactor(["hunter2-hunter2"]);
  expect(redact("password is hunter2-hunter2!\n")).toBe("password is [redacted]!\n");
  expect(redact(`token ghp_${"a1B2".repeat(9)}\n`)).not.toContain("a1B2");
});
