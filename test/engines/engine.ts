import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { imageNameOf, labelOf, layerLabelOf, namespaceOf } from "@slipway/local-aws/containers/docker/engine-names";
import * as z from "zod";

/** The engine of the machine that `npm run test:engines` made. */
export const engine = process.env.SLIPWAY_TEST_ENGINE === "docker" ? "docker" : "podman";

const ask = (...args: string[]): string => execFileSync(engine, args, { encoding: "utf8" }).trim();

/** Names another daemon than the machine's. */
export type Daemon = readonly [] | readonly ["--host", string];

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

const mostTries = 20;

/** What an engine lists, by a function that asks it. Podman fails where something goes away while it lists, and is asked again. */
export function listBy(asking: (...args: string[]) => string, ...args: string[]): string[] {
  for (let tries = 1; ; tries++) {
    try {
      return lines(asking(...args));
    } catch (error) {
      if (tries === mostTries || !/(?:container|image) not known|is dangling/.test(String(error))) throw error;
    }
  }
}

export const list = (...args: string[]): string[] => listBy(ask, ...args);

/** What the engine keeps of a data directory: containers, those of builds too, images, and what is shared by all. */
export const left = (
  data: string,
  daemon: Daemon = [],
): { readonly containers: string[]; readonly images: string[] } => ({
  containers:
    engine === "podman"
      ? list("ps", "--all", "--external", "--format", "{{.Names}} {{.Status}}")
      : list(...daemon, "ps", "--all", "--format", "{{.Names}} {{.Status}}"),
  images: list(...daemon, "images", "--format", "{{.Repository}}:{{.Tag}}").filter((name) =>
    name.includes(namespaceOf(data)),
  ),
});

/** What podman keeps of the steps of a data directory's builds, which has no name. */
export const layersOf = (data: string): string[] =>
  engine === "podman" ? list("images", "--all", "--quiet", "--filter", `label=${layerLabelOf(data)}`) : [];

export const networks = (): string[] => lines(ask("network", "ls", "--format", "{{.Name}}"));

/** With a NUL after each word; empty: it has ended. */
export function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch (error) {
    // It ended since it was listed.
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return "";
    throw error;
  }
}

const inspected = z.array(z.object({ Config: z.object({ StopSignal: z.unknown() }) }));

/** As whom an image runs; empty: as root. */
export const userOf = (data: string, digest: string): string =>
  ask("image", "inspect", "--format", "{{.Config.User}}", imageNameOf(data, digest));

/** What stops the containers that run for a data directory: docker says a name, podman a number. */
export function stopSignalsOf(data: string): readonly string[] {
  const ids = lines(ask("ps", "--quiet", "--filter", `label=${labelOf(data).join("=")}`));
  return inspected.parse(JSON.parse(ask("inspect", ...ids))).map(({ Config }) => String(Config.StopSignal));
}
