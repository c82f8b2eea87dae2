import { createHash, randomBytes } from "node:crypto";

/** SHA-256 in hex: how credentials are stored. */
export const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A fresh secret of 32 random bytes, in hex. */
export const secret = (): string => randomBytes(32).toString("hex");
