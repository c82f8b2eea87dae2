import { inlineText } from "@slipway/text/inert";
import { shorten } from "@slipway/text/shorten";
import type { Fact } from "../../notice/fact.ts";
import { explanation, facts, headline, linkLabel, type Notice } from "../../notice/notice.ts";
import type { EndpointChannel } from "../sending/channel.ts";
import { outcomeOfMail } from "../sending/outcome.ts";
import { unlinked, unlinkedLine } from "./inert.ts";

const longestSubject = 200;

export interface EmailText {
  /** One line. */
  readonly subject: string;
  readonly text: string;
}

const listed = ({ label, value, isLink }: Fact): string => `${label}: ${isLink ? value : unlinkedLine(value)}`;

/** The e-mail, as plain text. Mail programs make links of bare text, too. */
export function renderEmail(notice: Notice): EmailText {
  const { link } = notice;
  const why = explanation(notice);
  const parts = [
    unlinkedLine(headline(notice)),
    why === null ? null : unlinked(why),
    facts(notice).map(listed).join("\n"),
    link === null ? null : `${linkLabel(notice)}: ${link}`,
  ];
  return {
    subject: shorten(inlineText(headline(notice)), longestSubject),
    text: `${parts.filter((part) => part !== null && part !== "").join("\n\n")}\n`,
  };
}

/** SES sends one e-mail a second for an account that it does not trust yet. */
export const email: EndpointChannel = {
  needs: ["to"],
  pace: { burst: 1, perMinute: 60 },
  bucket: () => "mail",
  send: async ({ mail }, { endpoint: { to }, notice }) =>
    to === null
      ? { outcome: "permanent", answer: "Its address is no longer stored. Enter it again." }
      : outcomeOfMail(await mail.send({ to, ...renderEmail(notice) })),
};
