import type { Claim } from "../../contract/build.ts";
import type { BuildSource } from "./source.ts";

export interface BuildCommandOptions {
  readonly source: BuildSource;
  readonly build: Claim["build"];
  readonly image: Claim["image"];
  /** Where docker writes what it made. */
  readonly metadataFile: string;
}

export interface BuildCommand {
  /** What follows `docker`. */
  readonly args: readonly string[];
  /** Variables that docker needs beside the build's own: the values of secrets, which no list of processes may show. */
  readonly env: Readonly<Record<string, string>>;
}

/** The command that builds and pushes an image. Pure, so that all of it is seen in tests. */
export function buildCommandOf({ source, build, image, metadataFile }: BuildCommandOptions): BuildCommand {
  const secrets = Object.entries(build.secrets).map(([id, value], index) => ({
    id,
    value,
    variable: `SLIPWAY_BUILD_SECRET_${index}`,
  }));
  return {
    args: [
      ...["buildx", "build", "--progress=rawjson", "--provenance=false", "--platform", build.platform],
      ...(image.cache === null ? ["--no-cache"] : []),
      ...Object.entries(build.args).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
      ...secrets.flatMap(({ id, variable }) => ["--secret", `id=${id},env=${variable}`]),
      ...(build.target === null ? [] : ["--target", build.target]),
      ...["--metadata-file", metadataFile, "--push"],
      ...["-t", `${image.repository}:${image.tag}`, "-f", source.dockerfile, source.root],
    ],
    env: Object.fromEntries(secrets.map(({ variable, value }) => [variable, value])),
  };
}
