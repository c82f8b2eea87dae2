import { shorten } from "../../../text/shorten.ts";
import { explanation, facts, headline, linkLabel, type Notice } from "../notice.ts";

/** Slack's own limits, in characters: https://docs.slack.dev/reference/block-kit/blocks */
const longest = { header: 150, section: 3000, field: 2000 } as const;

/** Slack reads `<…>` as mentions and links, and takes three characters for them: what people wrote stays what they wrote. */
const escaped = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

/** A text that fits also once it is escaped, which makes it five times as long at most. */
function fitting(text: string, most: number): string {
  const whole = escaped(text);
  return whole.length <= most ? whole : escaped(shorten(text, Math.floor(most / 5)));
}

const plain = (text: string, most: number) => ({ type: "plain_text", text: shorten(text, most), emoji: false });

/** The body for an incoming webhook of Slack. */
export function renderSlack(notice: Notice): Readonly<Record<string, unknown>> {
  const why = explanation(notice);
  const fields = facts(notice).map(({ label, value }) => ({
    type: "mrkdwn",
    text: `*${label}*\n${fitting(value, longest.field - label.length - 3)}`,
  }));
  return {
    text: fitting(headline(notice), longest.section),
    blocks: [
      { type: "header", text: plain(headline(notice), longest.header) },
      ...(why === null ? [] : [{ type: "section", text: { type: "mrkdwn", text: fitting(why, longest.section) } }]),
      ...(fields.length === 0 ? [] : [{ type: "section", fields }]),
      ...(notice.link === null
        ? []
        : [
            {
              type: "actions",
              elements: [{ type: "button", text: plain(linkLabel(notice), longest.header), url: notice.link }],
            },
          ]),
    ],
  };
}
