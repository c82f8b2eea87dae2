import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { asRefusal } from "@slipway/local-aws/kernel/data-directory";
import { openEncryption, requireOwnKey } from "@slipway/local-aws/kernel/encryption";

let dir: string;
const key = () => join(dir, "encryption.key");

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "slipway-encryption-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const messageOf = (start: () => void): string => {
  try {
    start();
    return "nothing";
  } catch (error) {
    return String(asRefusal(dir, error));
  }
};

test.each<[string, () => void]>([
  ["cut", () => writeFileSync(key(), "zz")],
  ["gone", () => rmSync(key())],
  ["another's", () => writeFileSync(key(), Buffer.alloc(32, 7))],
])("a key that is %s is reported as damage, before anybody needs a secret", (_how, damage) => {
  const sealed = openEncryption(dir).encrypt("webhook", "secret");
  const start = () => {
    const { decrypt } = openEncryption(dir);
    requireOwnKey(dir, () => void decrypt("webhook", sealed));
  };
  expect(messageOf(start)).toBe("nothing");
  damage();
  expect(messageOf(start)).toMatch(/has damaged files\. Start with --fresh .*encryption\.?key/s);
});
