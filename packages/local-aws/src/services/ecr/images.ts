import { createHash } from "node:crypto";
import type { Images } from "../../containers/images/images.ts";
import { operationsOf } from "../../kernel/operation.ts";
import type { LocalContext } from "../../kernel/part.ts";
import { AwsError, type Operation } from "../../kernel/service.ts";
import { type ImageId, inputs, manifest as manifestSchema } from "./inputs.ts";
import type { Registry } from "./registry.ts";
import type { Repository, StoredImage } from "./store.ts";

const operation = operationsOf("InvalidParameterException");
/** The configuration of an image that a container engine keeps: it is run by that id, so that is its digest here. */
export const ENGINE_IMAGE = "application/vnd.local-aws.engine.image";
const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";

export function parseManifest(text: string) {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw Object.assign(new AwsError("InvalidParameterException", "Invalid parameter at 'ImageManifest'"), { cause });
  }
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new AwsError(
    "InvalidParameterException",
    "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'",
  );
}

/** The digest of an image, the bytes of its layers, and the layers that the repository lacks. */
function examine(registry: Registry, repositoryName: string, text: string) {
  const { config, layers, mediaType = OCI_MANIFEST } = parseManifest(text);
  if (config.mediaType === ENGINE_IMAGE) return { digest: config.digest, mediaType, bytes: 0, missing: [] };
  const sizes = [config, ...layers].map(
    ({ digest }) => [digest, registry.store.layerBytes(repositoryName, digest)] as const,
  );
  return {
    digest: `sha256:${createHash("sha256").update(text).digest("hex")}`,
    mediaType,
    bytes: sizes.reduce((sum, [, size]) => sum + (size ?? 0), 0),
    missing: sizes.filter(([, size]) => size === undefined).map(([digest]) => digest),
  };
}

const notFound = (registry: Registry, { imageDigest, imageTag }: ImageId, repositoryName: string) => {
  const { registryId } = registry.respond({});
  const id = `{imageDigest:'${imageDigest ?? "null"}', imageTag:'${imageTag ?? "null"}'}`;
  return new AwsError(
    "ImageNotFoundException",
    `The image with imageId ${id} does not exist within the repository with name '${repositoryName}' in the registry with id '${registryId}'`,
  );
};

const findBy = (images: readonly StoredImage[], { imageDigest, imageTag }: ImageId): StoredImage | undefined =>
  images.find(
    ({ digest, tags }) =>
      (imageDigest ?? imageTag) !== undefined &&
      (imageDigest === undefined || digest === imageDigest) &&
      (imageTag === undefined || tags.includes(imageTag)),
  );

/** Why ECR would not take an image of that digest under that tag; `same` has the digest, `tagged` the tag. */
function refusePut(
  { name, mutability }: Repository,
  digest: string,
  tag: string | undefined,
  same: StoredImage | undefined,
  tagged: StoredImage | undefined,
): void {
  if (same !== undefined && (tag === undefined || tagged?.digest === digest)) {
    const words = tag === undefined ? `digest '${digest}'` : `digest '${digest}' and tag '${tag}'`;
    throw new AwsError(
      "ImageAlreadyExistsException",
      `Image with ${words} already exists in the repository with name '${name}'`,
    );
  }
  if (tagged !== undefined && mutability === "IMMUTABLE") {
    throw new AwsError(
      "ImageTagAlreadyExistsException",
      `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the repository is immutable.`,
    );
  }
}

function putOperation({ clock }: LocalContext, registry: Registry): Operation {
  const { store } = registry;
  return operation(inputs.putImage, {
    permissions: (input) => registry.asks("PutImage", input),
    run: ({ repositoryName, registryId, imageManifest: manifest, imageTag: tag, imageDigest, ...given }) => {
      const repository = registry.repository(repositoryName, registryId);
      const { missing, digest, bytes, ...examined } = examine(registry, repositoryName, manifest);
      if (imageDigest !== undefined && imageDigest !== digest) {
        throw new AwsError("ImageDigestDoesNotMatchException", `The given digest ${imageDigest} is not ${digest}`);
      }
      if (missing.length > 0) throw new AwsError("LayersNotFoundException", `Layers not found: ${missing.join(", ")}`);
      const images = store.images(repositoryName);
      const same = findBy(images, { imageDigest: digest });
      const tagged = tag === undefined ? undefined : findBy(images, { imageTag: tag });
      refusePut(repository, digest, tag, same, tagged);
      if (tagged !== undefined) store.putImage({ ...tagged, tags: tagged.tags.filter((one) => one !== tag) });
      const tags = [...(same?.tags ?? []), ...(tag === undefined ? [] : [tag])];
      const mediaType = given.imageManifestMediaType ?? examined.mediaType;
      const pushedAt = same?.pushedAt ?? clock.now() / 1000;
      store.putImage({ repositoryName, digest, tags, manifest, mediaType, bytes, pushedAt });
      const imageId = { imageDigest: digest, ...(tag === undefined ? {} : { imageTag: tag }) };
      const image = { repositoryName, imageId, imageManifest: manifest, imageManifestMediaType: mediaType };
      return { image: registry.respond(image) };
    },
  });
}

function describeOperation(registry: Registry): Operation {
  const describe = ({ repositoryName, digest, tags, bytes, pushedAt, mediaType }: StoredImage) =>
    registry.respond({
      repositoryName,
      imageDigest: digest,
      ...(tags.length > 0 ? { imageTags: tags } : {}),
      imageSizeInBytes: bytes,
      imagePushedAt: pushedAt,
      imageManifestMediaType: mediaType,
    });
  const KEEPS = {
    ANY: () => true,
    TAGGED: ({ tags }: StoredImage) => tags.length > 0,
    UNTAGGED: ({ tags }: StoredImage) => tags.length === 0,
  };
  return operation(inputs.describeImages, {
    permissions: (input) => registry.asks("DescribeImages", input),
    run: ({ repositoryName, registryId, imageIds, nextToken = "0", maxResults, filter }) => {
      const images = registry.store.images(registry.repository(repositoryName, registryId).name);
      if (imageIds !== undefined) {
        const found = imageIds.map((id) => {
          const image = findBy(images, id);
          if (image === undefined) throw notFound(registry, id, repositoryName);
          return image;
        });
        return { imageDetails: [...new Set(found)].map(describe) };
      }
      const from = Number(nextToken);
      if (!Number.isSafeInteger(from))
        throw new AwsError("InvalidParameterException", "Invalid parameter at 'nextToken'");
      const matching = images.filter(KEEPS[filter?.tagStatus ?? "ANY"]);
      const more = from + maxResults < matching.length ? { nextToken: String(from + maxResults) } : {};
      return { imageDetails: matching.slice(from, from + maxResults).map(describe), ...more };
    },
  });
}

const failure = (imageId: ImageId) => ({
  imageId,
  failureCode: "ImageNotFound",
  failureReason: "Requested image not found",
});

function getOperation(registry: Registry): Operation {
  return operation(inputs.imageIds, {
    permissions: (input) => registry.asks("BatchGetImage", input),
    run: ({ repositoryName, registryId, imageIds }) => {
      const stored = registry.store.images(registry.repository(repositoryName, registryId).name);
      const found = imageIds.map((id) => [id, findBy(stored, id)] as const);
      const images = found.flatMap(([id, image]) => {
        if (image === undefined) return [];
        const { digest, manifest, mediaType } = image;
        const imageId = { ...id, imageDigest: digest };
        return [
          registry.respond({ repositoryName, imageId, imageManifest: manifest, imageManifestMediaType: mediaType }),
        ];
      });
      return { images, failures: found.filter(([, image]) => image === undefined).map(([id]) => failure(id)) };
    },
  });
}

/** By digest an image goes with all its tags, by tag the tag goes, and the image with its last one. */
function deleteOperation(registry: Registry, trees: Images): Operation {
  const { store } = registry;
  const remove = (image: StoredImage, tag: string | undefined): ImageId[] => {
    const gone = tag === undefined ? image.tags : [tag];
    const tags = image.tags.filter((one) => !gone.includes(one));
    if (tags.length > 0) store.putImage({ ...image, tags });
    else {
      store.deleteImage(image);
      if (!store.holds(image.digest)) trees.remove(image.digest);
    }
    const imageDigest = image.digest;
    return gone.length === 0 ? [{ imageDigest }] : gone.map((imageTag) => ({ imageDigest, imageTag }));
  };
  return operation(inputs.imageIds, {
    permissions: (input) => registry.asks("BatchDeleteImage", input),
    run: ({ repositoryName, registryId, imageIds }) => {
      const { name } = registry.repository(repositoryName, registryId);
      const removed: ImageId[] = [];
      const failures: ReturnType<typeof failure>[] = [];
      for (const id of imageIds) {
        const image = findBy(store.images(name), id);
        if (image === undefined) failures.push(failure(id));
        else removed.push(...remove(image, id.imageTag));
      }
      return { imageIds: removed, failures };
    },
  });
}

/** The operations on images, whose files lie in `trees`. */
export function imageOperations(
  context: LocalContext,
  registry: Registry,
  trees: Images,
): Readonly<Record<string, Operation>> {
  return {
    PutImage: putOperation(context, registry),
    DescribeImages: describeOperation(registry),
    BatchGetImage: getOperation(registry),
    BatchDeleteImage: deleteOperation(registry, trees),
  };
}
