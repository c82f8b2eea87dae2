import type { IncomingHttpHeaders } from "node:http";
import type { Action, Condition, Rule } from "./model.ts";

/** What rules look at. */
export interface Asked {
  /** As Node has them: in lower case. */
  readonly headers: IncomingHttpHeaders;
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

/** By field: what of a request the patterns are compared with, and how. */
const COMPARED: Readonly<
  Record<Condition["Field"], { flags: string; of(asked: Asked, condition: Condition): string }>
> = {
  "host-header": { flags: "i", of: ({ host }) => host.replace(/:\d+$/, "") },
  "path-pattern": { flags: "", of: ({ url }) => url.split("?", 1)[0] ?? "" },
  "http-header": {
    flags: "i",
    of: ({ headers }, { HttpHeaderName = "" }) => `${headers[HttpHeaderName.toLowerCase()] ?? ""}`,
  },
};

const meets = (asked: Asked) => (condition: Condition) => {
  const { flags, of } = COMPARED[condition.Field];
  const value = of(asked, condition);
  return condition.Values.some((pattern) => wildcard(pattern, flags).test(value));
};

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

/** How many percent of what these actions forward goes to the group; `null`: they forward nothing. */
export function shareOf(actions: readonly Action[], targetGroupArn: string): number | null {
  const groups = actions.flatMap((action) => (action.Type === "forward" ? action.TargetGroups : []));
  const total = groups.reduce((sum, { Weight }) => sum + Weight, 0);
  if (total === 0) return null;
  const own = groups.filter((group) => group.TargetGroupArn === targetGroupArn);
  return (100 * own.reduce((sum, { Weight }) => sum + Weight, 0)) / total;
}
