import { arnMatches, globMatches } from "./glob.ts";

/** Condition keys, in lower case, and the values a request has for them. */
export type Facts = ReadonlyMap<string, readonly string[]>;

/** One line of a `Condition` block, understood: whether the request's facts satisfy it. */
export type Condition = (facts: Facts) => boolean;

interface Operator {
  readonly fits: (wanted: string, given: string) => boolean;
  /** `StringNotEquals` and the like: satisfied when none fits, and by a key that is absent. */
  readonly negated?: true;
}

const equals = (wanted: string, given: string): boolean => wanted === given;
const equalsIgnoringCase = (wanted: string, given: string): boolean => wanted.toLowerCase() === given.toLowerCase();

const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: { fits: equals },
  StringNotEquals: { fits: equals, negated: true },
  StringEqualsIgnoreCase: { fits: equalsIgnoringCase },
  StringNotEqualsIgnoreCase: { fits: equalsIgnoringCase, negated: true },
  StringLike: { fits: globMatches },
  StringNotLike: { fits: globMatches, negated: true },
  // For IAM `ArnEquals` and `ArnLike` are the same.
  ArnEquals: { fits: arnMatches },
  ArnLike: { fits: arnMatches },
  ArnNotEquals: { fits: arnMatches, negated: true },
  ArnNotLike: { fits: arnMatches, negated: true },
  Bool: { fits: equalsIgnoringCase },
};

const FORM = /^(?:(ForAnyValue|ForAllValues):)?(\w+?)(IfExists)?$/;

/** Reads `{"<operator>": {"<key>": <wanted>}}`. Throws an error that names an operator it does not know. */
export function condition(operatorName: string, key: string, wanted: readonly string[]): Condition {
  const name = key.toLowerCase();
  if (operatorName === "Null") return (facts) => wanted.includes(String(!facts.has(name)));
  const [, quantifier, base = "", ifExists] = FORM.exec(operatorName) ?? [];
  const operator = Object.hasOwn(OPERATORS, base) ? OPERATORS[base] : undefined;
  if (operator === undefined) throw new Error(`the condition operator ${operatorName} is not known here`);
  const negated = operator.negated ?? false;
  const fits = (given: string): boolean => wanted.some((one) => operator.fits(one, given)) !== negated;
  const absent = ifExists !== undefined || quantifier === "ForAllValues" || (negated && quantifier === undefined);
  // Without a quantifier a negated operator wants every value of the request to differ.
  const every = quantifier === "ForAllValues" || (negated && quantifier === undefined);
  return (facts) => {
    const given = facts.get(name) ?? [];
    if (given.length === 0) return absent;
    return every ? given.every(fits) : given.some(fits);
  };
}
