/** Whether the whole of `value` fits `pattern`, in which `*` stands for any run of characters and `?` for exactly one. Time: O(n·m) at worst. */
export function globMatches(pattern: string, value: string): boolean {
  let p = 0;
  let v = 0;
  let star = -1;
  let resume = 0;
  while (v < value.length) {
    if (pattern[p] === "*") {
      star = p++;
      resume = v;
    } else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === value[v])) {
      p++;
      v++;
    } else if (star >= 0) {
      // Let the last star swallow one character more.
      p = star + 1;
      v = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

/** As `ArnLike` compares: each of the six parts by itself, so that a wildcard does not reach over a colon before the resource. */
export function arnMatches(pattern: string, value: string): boolean {
  const wanted = arnParts(pattern);
  const given = arnParts(value);
  return wanted.length === given.length && wanted.every((part, index) => globMatches(part, given[index] ?? ""));
}

function arnParts(arn: string): string[] {
  const parts = arn.split(":");
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(":")];
}
