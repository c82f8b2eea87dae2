import * as z from "zod";
import type { LocalContext } from "../../kernel/part.ts";

const repository = z.object({
  name: z.string(),
  arn: z.string(),
  uri: z.string(),
  mutability: z.enum(["MUTABLE", "IMMUTABLE"]),
  lifecyclePolicy: z.string().nullable(),
  tags: z.record(z.string(), z.string()).default({}),
  /** Epoch seconds; 0: from before that was noted. */
  createdAt: z.number().default(0),
});
const image = z.object({
  repositoryName: z.string(),
  digest: z.string(),
  tags: z.array(z.string()),
  manifest: z.string(),
  mediaType: z.string(),
  /** Of all layers. */
  bytes: z.number(),
  /** Epoch seconds. */
  pushedAt: z.number(),
});
const layer = z.object({ bytes: z.number(), repositoryName: z.string().default(""), digest: z.string().default("") });

export type Repository = z.infer<typeof repository>;
export type StoredImage = z.infer<typeof image>;

/** The durable state of the registry. */
export interface EcrStore {
  repository(name: string): Repository | undefined;
  putRepository(repository: Repository): void;
  /** By name. */
  repositories(): Repository[];
  /** With its images and layers. */
  deleteRepository(name: string): void;
  /** Newest last. */
  images(repositoryName: string): StoredImage[];
  putImage(image: StoredImage): void;
  deleteImage(image: StoredImage): void;
  /** Whether any repository has that digest. */
  holds(digest: string): boolean;
  /** Of the images of all repositories. */
  digests(): ReadonlySet<string>;
  layerBytes(repositoryName: string, digest: string): number | undefined;
  putLayer(repositoryName: string, digest: string, bytes: number): void;
}

export function openEcrStore({ state }: Pick<LocalContext, "state">): EcrStore {
  const repositories = state.collection("ecr-repositories", repository);
  const images = state.collection("ecr-images", image, {
    repository: ({ repositoryName }) => repositoryName,
    digest: ({ digest }) => digest,
  });
  const layers = state.collection("ecr-layers", layer, { repository: ({ repositoryName }) => repositoryName || null });
  const key = (repositoryName: string, digest: string) => `${repositoryName}@${digest}`;
  return {
    repository: (name) => repositories.get(name),
    putRepository: (value) => repositories.put(value.name, value),
    repositories: () => repositories.all(),
    deleteRepository: (name) => {
      // First: what is left of it after a kill is nobody's.
      repositories.delete(name);
      for (const one of images.where("repository", name)) images.delete(key(name, one.digest));
      for (const one of layers.where("repository", name)) layers.delete(key(name, one.digest));
    },
    images: (name) => images.where("repository", name).sort((a, b) => a.pushedAt - b.pushedAt),
    putImage: (value) => images.put(key(value.repositoryName, value.digest), value),
    deleteImage: ({ repositoryName, digest }) => images.delete(key(repositoryName, digest)),
    holds: (digest) => images.where("digest", digest).length > 0,
    digests: () => new Set(images.all().map(({ digest }) => digest)),
    layerBytes: (name, digest) => layers.get(key(name, digest))?.bytes,
    putLayer: (name, digest, bytes) => layers.put(key(name, digest), { bytes, repositoryName: name, digest }),
  };
}
