/**
 * Sequence numbers on the wire are decimal strings of 21 digits, so that they sort as text as they do as numbers
 * (the SDK's model asks for at least 21). Inside they are counted from 1.
 */
export const sequenceNumber = (n: number): string => `1${String(n).padStart(20, "0")}`;

/** The count in a sequence number; `undefined` if it is none of ours. */
export function countOf(sequence: string): number | undefined {
  return /^1\d{20}$/.test(sequence) ? Number(sequence.slice(1)) : undefined;
}
