/** Those of GitHub Actions, and our own for a commit that other systems are to build: docs/webhooks.md lists them. */
const markers = [
  "[skip ci]",
  "[ci skip]",
  "[no ci]",
  "[skip actions]",
  "[actions skip]",
  "[skip slipway]",
  "[slipway skip]",
];

/** The words in a commit's message that ask for no deployment; `null`: there are none. */
export function skipMarkerIn(message: string): string | null {
  const text = message.toLowerCase();
  return markers.find((marker) => text.includes(marker)) ?? null;
}
