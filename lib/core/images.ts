/** An image in the repository of an app. */
export interface TaggedImage {
  readonly digest: string;
  readonly tags: readonly string[];
}

/** The repositories of one app; nobody else's builds can read or write them. */
export interface AppRepositories {
  readonly images: string;
  /** What builds of the app keep for later ones. */
  readonly cache: string;
}

/** Below the place of all of an installation's repositories, be it part of a name, of an address or of an ARN. */
export const repositoriesOf = (place: string, appId: number): AppRepositories => ({
  images: `${place}/app-${appId}/images`,
  cache: `${place}/app-${appId}/cache`,
});

/** The BuildKit that builds run in. `digest` is that of its index for all architectures: https://hub.docker.com/r/moby/buildkit/tags */
export const buildKit = {
  name: "moby/buildkit",
  version: "v0.29.0",
  digest: "sha256:0039c1d47e8748b5afea56f4e85f14febaf34452bd99d9552d2daa82262b5cc5",
} as const;

/** The installation's copy of it, below the place of its repositories. Builds can read it, and not write it. */
export const buildKitRepository = (place: string): string => `${place}/buildkit`;

/** Where docker gets BuildKit from: the installation's copy, or else Docker Hub, which limits how often. */
export const buildKitImages = (place: string): readonly string[] => [
  `${buildKitRepository(place)}:${buildKit.version}`,
  `${buildKit.name}:${buildKit.version}@${buildKit.digest}`,
];

/** Whose repository it is, by its name below that place; `null`: no app's. */
export function ownerOf(place: string, name: string): number | null {
  const [, id] =
    /^app-(\d+)\/(?:images|cache)$/.exec(name.startsWith(`${place}/`) ? name.slice(place.length + 1) : "") ?? [];
  return id === undefined ? null : Number(id);
}

/** The tag that a build gives its image. */
export const imageTag = (deploymentId: number, attempt: number): string =>
  `deployment-${deploymentId}-build-${attempt}`;

/** The tag of the cache of a branch's builds. `hash` is SHA-256 in hex: branches may differ in what no tag can have. */
export function cacheTag(branch: string, hash: (text: string) => string): string {
  const readable = branch.replace(/[^\w.-]+/g, "-").slice(0, 80);
  return `branch-${readable}-${hash(branch).slice(0, 8)}`;
}

const shape = /^deployment-(\d+)-build-\d+$/;

/** The tags on an app's images that it needs no more: of builds for deployments before `before`, unless the digest is kept. */
export function outdatedTags(
  images: readonly TaggedImage[],
  { before, kept }: { readonly before: number; readonly kept: readonly string[] },
): readonly string[] {
  return images
    .filter(({ digest }) => !kept.includes(digest))
    .flatMap(({ tags }) => tags)
    .filter((tag) => Number(shape.exec(tag)?.[1] ?? Number.POSITIVE_INFINITY) < before);
}

/** Why an app's repositories cannot be made: a person must do something, and the message says what. */
export class RepositoriesRefused extends Error {
  override readonly name = "RepositoriesRefused";
}

/** Credentials of AWS that expire. `expires_at` is RFC 3339 UTC. */
export interface ImageCredentials {
  readonly access_key_id: string;
  readonly secret_access_key: string;
  readonly session_token: string;
  readonly expires_at: string;
}

/** What the registry has under the tag of a build, compared with the digest that the build reported. */
export type PushedImage =
  /** `digest`: of its manifest, by which it is pulled. `bytes`: how large it is; `null`: not known. */
  | { readonly outcome: "found"; readonly digest: string; readonly bytes: number | null }
  /** It is another image. */
  | { readonly outcome: "differs"; readonly digest: string }
  | { readonly outcome: "absent" };
