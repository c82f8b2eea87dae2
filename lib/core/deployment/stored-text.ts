import { inlineText, plainText } from "@slipway/text/inert";
import { withoutTokens } from "@slipway/text/redaction";
import type { Deployment } from "./deployment.ts";

type Texts = Pick<
  Deployment,
  "commit_message" | "message" | "error_message" | "reason" | "actor" | "ending" | "timeline" | "build_result"
>;

const line = (text: string): string => withoutTokens(inlineText(text));

/**
 * A deployment's row as it is stored: what git, AWS, apps and people wrote can only be read, and whatever in it has the shape of
 * a token is redacted. Here, since every version of a row passes here, and nobody who reads one must think of it.
 */
export function withStoredText<T extends Texts>(row: T): T {
  const { ending, build_result } = row;
  return {
    ...row,
    commit_message: line(row.commit_message),
    message: line(row.message),
    error_message: row.error_message === null ? null : withoutTokens(plainText(row.error_message)),
    reason: row.reason === null ? null : line(row.reason),
    actor: inlineText(row.actor),
    ending: ending === null ? null : { ...ending, message: withoutTokens(plainText(ending.message)) },
    build_result: build_result && {
      ...build_result,
      steps: build_result.steps.map((step) => ({ ...step, name: line(step.name) })),
    },
    timeline: row.timeline.map((entry) => ({ ...entry, message: line(entry.message) })),
  };
}
