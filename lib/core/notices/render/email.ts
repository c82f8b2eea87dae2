import { shorten } from "../../../text/shorten.ts";
import { explanation, facts, firstLine, headline, linkLabel, type Notice } from "../notice.ts";

const longestSubject = 200;

export interface EmailText {
  /** One line. */
  readonly subject: string;
  readonly text: string;
}

/** The e-mail, as plain text. */
export function renderEmail(notice: Notice): EmailText {
  const { link } = notice;
  const listed = facts(notice).map(({ label, value }) => `${label}: ${value}`);
  const parts = [
    headline(notice),
    explanation(notice),
    listed.join("\n"),
    link === null ? null : `${linkLabel(notice)}: ${link}`,
  ];
  return {
    subject: shorten(firstLine(headline(notice)), longestSubject),
    text: `${parts.filter((part) => part !== null && part !== "").join("\n\n")}\n`,
  };
}
