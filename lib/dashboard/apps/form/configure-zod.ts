import * as z from "zod";

/** The page's policy forbids `eval`, which zod otherwise tries; and its messages are for programmers. */
z.config({ jitless: true, customError: sentence });

function sentence(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === "invalid_type") {
    return issue.expected === "number" || issue.expected === "int" ? "must be a whole number" : "must be given";
  }
  if (issue.code === "too_small") {
    return issue.origin === "string" ? "must not be empty" : `must be at least ${issue.minimum}`;
  }
  if (issue.code === "too_big") {
    return `must be at most ${issue.maximum}${issue.origin === "string" ? " characters" : ""}`;
  }
  if (issue.code === "invalid_format" && issue.format === "starts_with") return `must begin with ${issue.prefix}`;
  // A name of a variable; what is wrong with it lies below.
  if (issue.code === "invalid_key") return issue.issues[0]?.message;
  return undefined;
}
