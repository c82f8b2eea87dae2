import type { Dockerfile, Instruction } from "./dockerfile.ts";
import { NeedsNewerEngine } from "./failures.ts";
import type { ContainerEngine } from "./settings.ts";

/** `[major, minor]`. */
type Version = readonly [number, number];

interface Need {
  readonly what: string;
  readonly asks: (instruction: Instruction) => boolean;
  /** The first version that has it. */
  readonly since: Readonly<Record<Exclude<ContainerEngine, "host">, Version>>;
}

/**
 * What engines did not always know. They take it for a mistake, and would have a person correct a Dockerfile that is right.
 * Docker has the Dockerfile syntax 1.4 since version 23: https://docs.docker.com/build/buildkit/dockerfile-release-notes/. Podman:
 * https://github.com/containers/podman/blob/main/RELEASE_NOTES.md
 */
const NEEDS: readonly Need[] = [
  {
    what: "here-documents need",
    asks: ({ heredocs }) => heredocs.length > 0,
    since: { docker: [23, 0], podman: [4, 8] },
  },
  {
    what: "--link needs",
    asks: ({ keyword, flags }) => ["COPY", "ADD"].includes(keyword) && flags.some(([name]) => name === "link"),
    since: { docker: [23, 0], podman: [5, 6] },
  },
];

const NAMES = { docker: "Docker", podman: "Podman" } as const;

const isOlder = ([major, minor]: Version, [needed, least]: Version): boolean =>
  major < needed || (major === needed && minor < least);

function versionIn(text: string): Version | undefined {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(text) ?? [];
  return major === undefined || minor === undefined ? undefined : [Number(major), Number(minor)];
}

/**
 * Throws {@link NeedsNewerEngine} for the first instruction that the engine is too old for. `version` is asked for only where
 * there is something to know.
 */
export async function refuseTooNew(
  { stages }: Dockerfile,
  engine: Exclude<ContainerEngine, "host">,
  version: () => Promise<string>,
): Promise<void> {
  const asked = stages
    .flatMap(({ instructions }) => instructions)
    .flatMap((instruction) => NEEDS.filter(({ asks }) => asks(instruction)).map((need) => ({ instruction, need })));
  if (asked.length === 0) return;
  const text = await version();
  const here = versionIn(text);
  const found = here && asked.find(({ need }) => isOlder(here, need.since[engine]));
  if (found === undefined) return;
  const { instruction, need } = found;
  const least = `${NAMES[engine]} ${need.since[engine].join(".")}`;
  throw new NeedsNewerEngine(instruction, `${need.what} ${least} or later, and this is ${text}`);
}
