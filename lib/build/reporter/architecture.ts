import { BuildFailure } from "./failure.ts";

/** A base image that there is for another platform only than the one that is built for. */
export interface ForeignBase {
  /** As `FROM` names it, after its variables. */
  readonly image: string;
  /** Such as `linux/amd64`. */
  readonly platform: string;
}

/** BuildKit's rule InvalidBaseImagePlatform: https://docs.docker.com/reference/build-checks/ has its siblings. */
const PULLED = /Base image (\S{1,500}) was pulled with platform "([^"\s]{1,100})"/;

/** Of docker's warnings those base images that were not for `platform`. */
export const foreignBases = (warnings: readonly string[], platform: string): readonly ForeignBase[] =>
  warnings.flatMap((warning) => {
    const [, image, pulled] = PULLED.exec(warning) ?? [];
    return image === undefined || pulled === undefined || pulled === platform ? [] : [{ image, platform: pulled }];
  });

/** The one of them that the image is made on, whose final base `FROM` calls `base`; a name with variables may be any. */
export const foundation = (foreign: readonly ForeignBase[], base: string): ForeignBase | undefined =>
  foreign.find(({ image }) => base.includes("$") || nameOf(image) === nameOf(base));

/** Without what docker adds to short names. */
const nameOf = (image: string): string =>
  image
    .toLowerCase()
    .replace(/^docker\.io\/(?:library\/)?/, "")
    .replace(/:latest$/, "");

/** `platform`: of the base image, where it is known that there is just one. */
export function architectureMissing(
  { image, platform }: { readonly image: string; readonly platform?: string },
  exitCode: number | null,
): BuildFailure {
  const only = platform === undefined ? "" : `, only for ${platform}`;
  return new BuildFailure(
    "building",
    "architecture_missing",
    `The base image ${image} is not available for the architecture of this build${only}. Use a base image that is, or change the app's setting "architecture".`,
    exitCode,
  );
}
