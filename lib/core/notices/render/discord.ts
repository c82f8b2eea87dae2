import { shorten } from "../../../text/shorten.ts";
import type { Stage } from "../../stage.ts";
import { explanation, facts, headline, linkLabel, type Notice } from "../notice.ts";

/** Discord's own limits, in characters: https://discord.com/developers/docs/resources/message#embed-object-embed-limits */
const longest = { title: 256, description: 2048, field: 512 } as const;

const colours: Partial<Record<Stage, number>> = {
  success: 0x1a7f37,
  failed: 0xcf222e,
  awaiting_approval: 0x9a6700,
};
const grey = 0x6e7781;

/** Discord reads marks of Markdown: what people wrote stays what they wrote. */
const escaped = (text: string): string => text.replace(/[\\`*_~|>#[\]()]/g, "\\$&");

/** A text that fits also once it is escaped, which makes it twice as long at most. */
function fitting(text: string, most: number): string {
  const whole = escaped(text);
  return whole.length <= most ? whole : escaped(shorten(text, Math.floor(most / 2)));
}

/** The body for a webhook of Discord. It mentions nobody, whatever a commit message says. */
export function renderDiscord(notice: Notice): Readonly<Record<string, unknown>> {
  const why = explanation(notice);
  const { link } = notice;
  const told = [
    why === null ? "" : fitting(why, longest.description),
    link === null ? "" : `[${linkLabel(notice)}](${link})`,
  ];
  return {
    embeds: [
      {
        title: fitting(headline(notice), longest.title),
        color: colours[notice.deployment.stage] ?? grey,
        description: told.filter(Boolean).join("\n\n"),
        ...(link === null ? {} : { url: link }),
        fields: facts(notice).map(({ label, value }) => ({
          name: label,
          value: fitting(value, longest.field),
          inline: true,
        })),
      },
    ],
    allowed_mentions: { parse: [] },
  };
}
