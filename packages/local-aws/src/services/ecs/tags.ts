import * as z from "zod";

export const tags = z
  .array(z.object({ key: z.string().min(1).max(128), value: z.string().max(256).default("") }))
  .max(50)
  .default([]);
export type Tags = z.infer<typeof tags>;

/** The condition keys of a request that brings tags. */
export function tagContext(given: Tags): Record<string, string | string[]> {
  if (given.length === 0) return {};
  const requested = given.map(({ key, value }) => [`aws:RequestTag/${key}`, value]);
  return { ...Object.fromEntries(requested), "aws:TagKeys": given.map(({ key }) => key) };
}

/** The condition keys of a resource that has tags. */
export const resourceContext = (has: Tags): Record<string, string> =>
  Object.fromEntries(has.map(({ key, value }) => [`aws:ResourceTag/${key}`, value]));

/** `changes` over `has`, by key. */
export const mergeTags = (has: Tags, changes: Tags): Tags => [
  ...new Map([...has, ...changes].map((tag) => [tag.key, tag])).values(),
];
