import type { Action, Condition, Rule } from "./model.ts";

/** What rules look at. */
export interface Asked {
  /** As in the `Host` header, with or without a port. */
  readonly host: string;
  /** Path with query, as in the request line. */
  readonly url: string;
}

/** `*` is any characters, `?` is one; everything else is itself. */
function wildcard(pattern: string, flags: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, flags);
}

const MATCHERS: Readonly<Record<Condition["Field"], (pattern: string, asked: Asked) => boolean>> = {
  "host-header": (pattern, { host }) => wildcard(pattern, "i").test(host.replace(/:\d+$/, "")),
  "path-pattern": (pattern, { url }) => wildcard(pattern, "").test(url.split("?", 1)[0] ?? ""),
};

const meets = (asked: Asked) => (condition: Condition) =>
  condition.Values.some((pattern) => MATCHERS[condition.Field](pattern, asked));

/** What is to be done with a request: the actions of the first rule (by priority) whose conditions all hold, else the default ones. */
export function actionsFor(rules: readonly Rule[], defaults: readonly Action[], asked: Asked): readonly Action[] {
  return rules.find(({ conditions }) => conditions.every(meets(asked)))?.actions ?? defaults;
}

/** One of the groups, as likely as its weight says. `random` is at least 0 and below 1. */
export function byWeight<T extends { readonly Weight: number }>(groups: readonly T[], random: number): T | undefined {
  const total = groups.reduce((sum, { Weight }) => sum + Weight, 0);
  let left = random * total;
  return groups.find(({ Weight }) => {
    left -= Weight;
    return Weight > 0 && left < 0;
  });
}
