import { createHash, createHmac, randomBytes } from "node:crypto";

/** SHA-256 in hex: how credentials are stored. */
export const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A fresh secret of 32 random bytes, in hex. */
export const secret = (): string => randomBytes(32).toString("hex");

/** HMAC SHA-256 of a text under a secret, in hex. */
export const sign = (key: string, text: string): string => createHmac("sha256", key).update(text).digest("hex");
