/** An image in the repository of all apps. */
export interface TaggedImage {
  readonly digest: string;
  readonly tags: readonly string[];
}

/** The tag that a build gives its image. Whose an image is can be read from it, and one that two apps built alike has both. */
export const imageTag = (appId: number, deploymentId: number, attempt: number): string =>
  `app-${appId}-deployment-${deploymentId}-build-${attempt}`;

const shape = /^app-(\d+)-deployment-(\d+)-build-\d+$/;

/** The tags of an app on images that it needs no more: of builds for deployments before `before`, unless the digest is kept. */
export function outdatedTags(
  images: readonly TaggedImage[],
  { appId, before, kept }: { readonly appId: number; readonly before: number; readonly kept: readonly string[] },
): readonly string[] {
  return images
    .filter(({ digest }) => !kept.includes(digest))
    .flatMap(({ tags }) => tags)
    .filter((tag) => {
      const [, app, deployment] = shape.exec(tag) ?? [];
      return Number(app) === appId && Number(deployment) < before;
    });
}
