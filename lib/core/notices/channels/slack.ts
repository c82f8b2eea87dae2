import type { Fact } from "../../notice/fact.ts";
import { explanation, facts, headline, linkLabel, type Notice } from "../../notice/notice.ts";
import { posting } from "../sending/channel.ts";
import { fitting, unlinked, unlinkedLine } from "./inert.ts";

/** Slack's own limits, in characters: https://docs.slack.dev/reference/block-kit/blocks */
const longest = { header: 150, section: 3000, field: 2000 } as const;

/** Of `mrkdwn`, Slack reads `<…>` as mentions and links, and takes three characters for them. */
const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** Slack reads no marks in `plain_text`. */
const plain = (text: string, most: number, inert: (text: string) => string = unlinkedLine) => ({
  type: "plain_text",
  text: fitting(text, most, inert, 2),
  emoji: false,
});

/** `verbatim`: Slack looks for nothing in it that could be a link: https://docs.slack.dev/reference/block-kit/composition-objects/text-object */
const field = ({ label, value, isLink }: Fact) =>
  isLink
    ? { type: "mrkdwn", text: `*${label}*\n<${escaped(new URL(value).href)}>`, verbatim: true }
    : plain(`${label}\n${unlinkedLine(value)}`, longest.field, unlinked);

/** The body for an incoming webhook of Slack. Only what is Slipway's own becomes a link. */
export function renderSlack(notice: Notice): Readonly<Record<string, unknown>> {
  const why = explanation(notice);
  const fields = facts(notice).map(field);
  const { link } = notice;
  const button = { type: "button", text: plain(linkLabel(notice), longest.header), url: link };
  return {
    text: fitting(headline(notice), longest.section, (text) => escaped(unlinkedLine(text)), 6),
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: "header", text: plain(headline(notice), longest.header) },
      ...(why === null ? [] : [{ type: "section", text: plain(why, longest.section, unlinked) }]),
      ...(fields.length === 0 ? [] : [{ type: "section", fields }]),
      ...(link === null ? [] : [{ type: "actions", elements: [button] }]),
    ],
  };
}

/** Slack takes one message a second for each hook: https://docs.slack.dev/apis/web-api/rate-limits */
export const slack = posting(["url"], { burst: 1, perMinute: 60 }, (notice) => JSON.stringify(renderSlack(notice)));
