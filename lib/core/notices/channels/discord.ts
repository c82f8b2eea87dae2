import { inlineText } from "@slipway/text/inert";
import type { Fact } from "../../notice/fact.ts";
import { explanation, facts, headline, linkLabel, type Notice } from "../../notice/notice.ts";
import type { Stage } from "../../stage.ts";
import { posting } from "../sending/channel.ts";
import { fitting, unlinked } from "./inert.ts";

/** Discord's own limits, in characters: https://discord.com/developers/docs/resources/message#embed-object-embed-limits */
const longest = { title: 256, description: 2048, field: 512 } as const;

const grey = 0x6e7781;
const colours: Readonly<Record<Stage, number>> = {
  pending: grey,
  cloning: grey,
  building: grey,
  awaiting_approval: 0x9a6700,
  deploying: grey,
  success: 0x1a7f37,
  failed: 0xcf222e,
  cancelled: grey,
  superseded: grey,
};

/** Discord reads marks of Markdown, and more of its own: what people wrote stays what they wrote. */
const escaped = (text: string): string => unlinked(text).replace(/[\\`*_~|<>#[\]()@!+-]/g, "\\$&");
/** Each character may get a backslash and a gap. */
const growth = 3;
const line = (text: string, most: number): string => fitting(inlineText(text), most, escaped, growth);

const shown = ({ value, isLink }: Fact): string => (isLink ? `<${new URL(value).href}>` : line(value, longest.field));

/** The body for a webhook of Discord. It mentions nobody, whatever a commit message says. */
export function renderDiscord(notice: Notice): Readonly<Record<string, unknown>> {
  const why = explanation(notice);
  const { link } = notice;
  const paragraphs = [
    why === null ? "" : fitting(why, longest.description, escaped, growth),
    link === null ? "" : `[${linkLabel(notice)}](${link})`,
  ];
  return {
    embeds: [
      {
        title: line(headline(notice), longest.title),
        color: "run" in notice ? colours.failed : colours[notice.deployment.stage],
        description: paragraphs.filter(Boolean).join("\n\n"),
        ...(link === null ? {} : { url: link }),
        fields: facts(notice).map((fact) => ({ name: fact.label, value: shown(fact), inline: true })),
      },
    ],
    allowed_mentions: { parse: [] },
  };
}

/** One message a second for each hook stays below what Discord takes. */
export const discord = posting(["url"], { burst: 1, perMinute: 60 }, (notice) => JSON.stringify(renderDiscord(notice)));
