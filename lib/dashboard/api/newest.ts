import type { Deployment } from "@slipway/monitor/client";

const seen = new Map<number, Deployment>();

/** The newest version known: an answer that was under way while the feed reported more does not turn time back. */
export function newest(read: Deployment): Deployment {
  const known = seen.get(read.id);
  if (known !== undefined && known.version > read.version) return known;
  seen.set(read.id, read);
  return read;
}
