import { execFileSync } from "node:child_process";
import { labelOf, namespaceOf } from "@slipway/local-aws/containers/docker/engine-names";
import * as z from "zod";

/** The engine of the machine that `npm run test:engines` made. */
export const engine = process.env.SLIPWAY_TEST_ENGINE === "docker" ? "docker" : "podman";

const ask = (...args: string[]): string => execFileSync(engine, args, { encoding: "utf8" }).trim();

/** Names another daemon than the machine's. */
export type Daemon = readonly [] | readonly ["--host", string];

/** All containers of podman, those of builds too. It fails where one goes away while it lists them, and lists again. */
function externalContainers(): string {
  for (let tries = 1; ; tries++) {
    try {
      return ask("ps", "--all", "--external", "--format", "{{.Names}} {{.Status}}");
    } catch (error) {
      if (tries === 20 || !String(error).includes("container not known")) throw error;
    }
  }
}

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

/** What the engine keeps of a data directory: containers, those of builds too, images, and what is shared by all. */
export const left = (
  data: string,
  daemon: Daemon = [],
): { readonly containers: string[]; readonly images: string[] } => ({
  containers:
    engine === "podman"
      ? lines(externalContainers())
      : lines(ask(...daemon, "ps", "--all", "--format", "{{.Names}} {{.Status}}")),
  images: lines(ask(...daemon, "images", "--format", "{{.Repository}}:{{.Tag}}")).filter((name) =>
    name.includes(namespaceOf(data)),
  ),
});

export const networks = (): string[] => lines(ask("network", "ls", "--format", "{{.Name}}"));

const inspected = z.array(z.object({ Config: z.object({ StopSignal: z.unknown() }) }));

/** What stops the containers that run for a data directory: docker says a name, podman a number. */
export function stopSignalsOf(data: string): readonly string[] {
  const ids = lines(ask("ps", "--quiet", "--filter", `label=${labelOf(data).join("=")}`));
  return inspected.parse(JSON.parse(ask("inspect", ...ids))).map(({ Config }) => String(Config.StopSignal));
}
