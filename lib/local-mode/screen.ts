/** What a start that worked has to say. */
interface Started {
  readonly url: string;
  readonly engine: string;
  /** Why it is this engine, as the end of a sentence. */
  readonly whyEngine: string;
  /** Where everything is kept. */
  readonly data: string;
  /** A one-time sign-in link; `null`: nobody signs in by one. */
  readonly link: string | null;
  /** What else people must know. */
  readonly messages: readonly string[];
}

type Row = readonly [name: string, ...lines: string[]];

const nameWidth = 11;

/** What runs, where, and on which engine with what that means: in one block. */
export function readyScreen({ url, engine, whyEngine, data, link, messages }: Started): string {
  const rows: Row[] = [
    ["Dashboard", url],
    ...(link === null
      ? []
      : [["Sign in", link, "Works once, within 10 minutes. npx slipway open makes another link."] as const]),
    ["Engine", ...engineLines(engine, whyEngine)],
    ["Data", `${data}  (kept when Slipway stops; --fresh starts over)`],
  ];
  return `\n${block(rows)}${messages.map((message) => `\n${message}\n`).join("")}\n`;
}

/**
 * What to try once the start is over. `command` is the path of the command line: elsewhere than in the checkout, `npx slipway`
 * would download what a registry has by that name.
 */
export const nextSteps = (url: string, command: string): string => `
Try next
${block([
  ["Deploy", `${url}/apps/new`, "or, in a Git repository of yours:", `${command} up`],
  ["Look", "npx slipway      lists your apps; npx slipway --help has the rest"],
])}
Slipway keeps running. Press Ctrl-C to stop it.
`;

/** Where an app answers. */
export const appBlock = (name: string, addresses: readonly string[]): string => `\n${block([[name, ...addresses]])}`;

function engineLines(engine: string, why: string): readonly string[] {
  if (engine !== "host")
    return [`${engine}: ${why}`, "Images are built and run for real, with their CPU and memory limits."];
  return [
    `none: ${why}`,
    "Dockerfile steps run on this machine, in a sandbox. Base images are not used.",
    "For real images, start Docker or Podman and run npm start again.",
  ];
}

const block = (rows: readonly Row[]): string =>
  rows
    .flatMap(([name, ...lines]) =>
      lines.map((line, index) => `  ${(index === 0 ? name : "").padEnd(nameWidth)}${line}\n`),
    )
    .join("");
