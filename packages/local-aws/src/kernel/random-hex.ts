import { randomFillSync } from "node:crypto";

/** Asking the system costs as much for this many bytes as for one, and every request needs an id. */
const pooledBytes = 4096;

/** Random hex digits from the system's generator, each handed out once. */
export function createRandomHex(): (digits: number) => string {
  const pool = Buffer.alloc(pooledBytes);
  let at = pooledBytes;
  return (digits) => {
    const bytes = Math.ceil(digits / 2);
    if (bytes > pooledBytes) throw new RangeError(`At most ${2 * pooledBytes} digits at once.`);
    if (at + bytes > pooledBytes) {
      randomFillSync(pool);
      at = 0;
    }
    const hex = pool.toString("hex", at, at + bytes).slice(0, digits);
    pool.fill(0, at, at + bytes);
    at += bytes;
    return hex;
  };
}
