/** A random UUID in the usual form; `randomHex` as the context has it. */
export function uuid(randomHex: (n: number) => string): string {
  return [8, 4, 4, 4, 12].map(randomHex).join("-");
}
