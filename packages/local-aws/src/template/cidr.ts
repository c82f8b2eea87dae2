/** The first `count` blocks with `hostBits` bits for hosts each that lie in the IPv4 block (`10.0.0.0/16`); `undefined` when it has no room. */
export function cidrBlocks(block: string, count: number, hostBits: number): string[] | undefined {
  const [address = "", length = ""] = block.split("/");
  const base = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** hostBits;
  const fits = Number.isInteger(base) && count * size <= 2 ** (32 - Number(length));
  if (!fits) return undefined;
  return Array.from({ length: count }, (_, index) => {
    const start = base + index * size;
    const parts = [24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256);
    return `${parts.join(".")}/${32 - hostBits}`;
  });
}
