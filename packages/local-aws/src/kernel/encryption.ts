import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DamagedFile } from "./disk.ts";

/** Keeps secrets unreadable in the data directory for whoever has its database but not its key file. */
export interface Encryption {
  /** AES-256-GCM, base64. `name` is bound to the value: a ciphertext moved to another name does not decrypt. */
  encrypt(name: string, text: string): string;
  /** Throws when the value was changed, moved, or written under another key. */
  decrypt(name: string, sealed: string): string;
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The key of `<dir>/encryption.key` (mode 0600), made on first use; renamed into place so that a kill leaves no half key. */
function readKey(dir: string): Buffer {
  const file = join(dir, "encryption.key");
  if (!existsSync(file)) {
    mkdirSync(dir, { recursive: true });
    const fresh = `${file}.new`;
    // Not the context's randomness: tests may make that predictable, a key and a nonce never may be.
    writeFileSync(fresh, randomBytes(KEY_BYTES), { mode: 0o600 });
    renameSync(fresh, file);
  }
  const key = readFileSync(file);
  if (key.length !== KEY_BYTES)
    throw new DamagedFile(`${file} is not an encryption key: ${key.length} bytes, not ${KEY_BYTES}`);
  return key;
}

/** The encryption of one data directory; parts that open the same directory share its key. Throws {@link DamagedFile}. */
export function openEncryption(dir: string): Encryption {
  const key = readKey(dir);
  return {
    encrypt(name, text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(name));
      const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64");
    },
    decrypt(name, sealed) {
      const bytes = Buffer.from(sealed, "base64");
      const nonce = bytes.subarray(0, NONCE_BYTES);
      const decipher = createDecipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(name));
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString(
        "utf8",
      );
    },
  };
}

/** Throws {@link DamagedFile} when `dir` holds another key than the one that something in it was encrypted with. */
export function requireOwnKey(dir: string, decrypt: () => void): void {
  try {
    decrypt();
  } catch {
    throw new DamagedFile(`${join(dir, "encryption.key")} is not the key that the secrets were encrypted with`);
  }
}
