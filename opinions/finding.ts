import * as z from "zod";

/** What a tool says is wrong, and where. */
export interface Finding {
  /** The tool's own name of the rule. */
  readonly rule: string;
  readonly where: string;
  readonly message: string;
}

/** What a tool looked at, in numbers, and what it found. */
export interface Opinion {
  readonly looked: readonly (readonly [what: string, count: number])[];
  readonly findings: readonly Finding[];
}

/** A finding that stays, or several of one kind: a `*` in `where` is any text. */
export const acceptedSchema = z.array(
  z.strictObject({ rule: z.string().min(1), where: z.string().min(1), reason: z.string().min(20) }),
);
export type Accepted = z.infer<typeof acceptedSchema>[number];

const covers = ({ rule, where }: Accepted, finding: Finding): boolean => {
  const pattern = where
    .split("*")
    .map((text) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  return rule === finding.rule && new RegExp(`^${pattern}$`).test(finding.where);
};

/** What nobody has accepted, and what is accepted though no tool says it any more. */
export function unexplained(
  findings: readonly Finding[],
  accepted: readonly Accepted[],
): { readonly open: readonly Finding[]; readonly stale: readonly Accepted[] } {
  return {
    open: findings.filter((finding) => !accepted.some((entry) => covers(entry, finding))),
    stale: accepted.filter((entry) => !findings.some((finding) => covers(entry, finding))),
  };
}
