import type { IncomingHttpHeaders } from "node:http";
import { globMatches } from "../iam/glob.ts";
import type { Action, Condition, Rule } from "./model.ts";

/** What rules match. */
export interface Asked {
  /** As Node has them: in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** As in the `Host` header, with or without a port. */
  readonly host: string;
  /** Path with query, as in the request line. */
  readonly url: string;
}

/** By field: what of a request the patterns are compared with, and how. */
const COMPARED: Readonly<
  Record<Condition["Field"], { ignoresCase: boolean; of(asked: Asked, condition: Condition): string }>
> = {
  "host-header": { ignoresCase: true, of: ({ host }) => host.replace(/:\d+$/, "") },
  "path-pattern": { ignoresCase: false, of: ({ url }) => url.split("?", 1)[0] ?? "" },
  "http-header": {
    ignoresCase: true,
    of: ({ headers }, { HttpHeaderName = "" }) => `${headers[HttpHeaderName.toLowerCase()] ?? ""}`,
  },
};

const meets = (asked: Asked) => (condition: Condition) => {
  const { ignoresCase, of } = COMPARED[condition.Field];
  const folded = (text: string): string => (ignoresCase ? text.toLowerCase() : text);
  const value = folded(of(asked, condition));
  return condition.Values.some((pattern) => globMatches(folded(pattern), value));
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
