import * as inert from "@slipway/text/inert";

const reset = "\u001b[0m";

/** A text from elsewhere with its colours, which end with each line. */
export function colouredText(text: string): string {
  const kept = inert.colouredText(text);
  return kept.includes("\u001b") ? kept.replace(/(?=\n)|(?<!\n)$/g, reset) : kept;
}
