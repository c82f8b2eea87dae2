import { endianness } from "node:os";

/** The states of sockets in `/proc/net/tcp`: proc_net_tcp(5). */
export const socketStates = { established: "01", listening: "0A" } as const;

/** An IPv4 address as the kernel writes it in `/proc/net/tcp`: the number that its four bytes make on this machine. */
export function inKernelsOrder(address: string): string {
  const bytes = address.split(".").map((byte) => Number(byte).toString(16).padStart(2, "0").toUpperCase());
  return (endianness() === "LE" ? bytes.toReversed() : bytes).join("");
}
