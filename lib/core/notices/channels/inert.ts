import { inlineText, plainText } from "@slipway/text/inert";
import { shorten } from "@slipway/text/shorten";

/** Breaks a word where nobody sees it: what makes links of words does not reach over it. */
const gap = "\u200b";

/**
 * Where chats and mail programs begin to see links and mentions in bare text: behind a scheme, at the dot of a name, at `@`, and
 * at the bracket with which Slack and Discord begin what they obey. A version such as 1.2.3 is none.
 */
const seams = /:(?=\/\/)|(?<=[\p{L}\p{N}])\.(?=\p{L})|(?<=\bwww)\.|@(?=\S)|<(?=\S)|(?<=\bmailto):/giu;

/** Text from elsewhere, of several lines, of which nothing becomes a link or a mention, whoever shows it. */
export const unlinked = (text: string): string => plainText(text).replace(seams, (seam) => seam + gap);

/** The same, as part of a line. */
export const unlinkedLine = (text: string): string => unlinked(inlineText(text));

/** A text that is at most so long also once it is rendered. `growth`: how many times as long that makes it at most. */
export function fitting(text: string, most: number, render: (text: string) => string, growth: number): string {
  const whole = render(text);
  return whole.length <= most ? whole : render(shorten(text, Math.floor(most / growth)));
}
