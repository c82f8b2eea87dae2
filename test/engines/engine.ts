import { execFileSync } from "node:child_process";
import { labelOf, namespaceOf } from "@slipway/local-aws/containers/docker/engine-names";
import * as z from "zod";

/** The engine of the machine that `npm run test:engines` made. */
export const engine = process.env.SLIPWAY_TEST_ENGINE === "docker" ? "docker" : "podman";

const ask = (...args: string[]): string => execFileSync(engine, args, { encoding: "utf8" }).trim();

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

/** What the engine keeps of a data directory: containers, those of builds too, images, and what is shared by all. */
export const left = (data: string): { readonly containers: string[]; readonly images: string[] } => ({
  containers:
    engine === "podman"
      ? lines(ask("ps", "--all", "--external", "--format", "{{.Names}} {{.Status}}"))
      : lines(ask("ps", "--all", "--format", "{{.Names}} {{.Status}}")),
  images: lines(ask("images", "--format", "{{.Repository}}:{{.Tag}}")).filter((name) =>
    name.includes(namespaceOf(data)),
  ),
});

export const networks = (): string[] => lines(ask("network", "ls", "--format", "{{.Name}}"));

const inspected = z.array(
  z.object({
    Config: z.object({ ExposedPorts: z.record(z.string(), z.unknown()).nullish(), StopSignal: z.unknown() }),
  }),
);

/** What the engine knows of the containers that run for a data directory. */
export function runningOf(data: string): readonly { readonly port: string; readonly stopSignal: string }[] {
  const ids = lines(ask("ps", "--quiet", "--filter", `label=${labelOf(data).join("=")}`));
  return inspected.parse(JSON.parse(ask("inspect", ...ids))).map(({ Config: { ExposedPorts, StopSignal } }) => ({
    port: Object.keys(ExposedPorts ?? {}).join(" "),
    stopSignal: String(StopSignal),
  }));
}
