import * as z from "zod";

const repository = { registryId: z.string().optional(), repositoryName: z.string().min(2) };
const name = z
  .string()
  .min(2)
  .max(256)
  .regex(/^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/);
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const imageId = z.object({ imageDigest: digest.optional(), imageTag: z.string().min(1).max(300).optional() });

export type ImageId = z.infer<typeof imageId>;

export const inputs = {
  authorization: z.object({}),
  layerAvailability: z.object({ ...repository, layerDigests: z.array(z.string()).min(1).max(100) }),
  initiate: z.object(repository),
  uploadPart: z.object({
    ...repository,
    uploadId: z.string(),
    partFirstByte: z.int().min(0),
    partLastByte: z.int().min(0),
    layerPartBlob: z.base64(),
  }),
  complete: z.object({ ...repository, uploadId: z.string(), layerDigests: z.array(digest).length(1) }),
  layer: z.object({ ...repository, layerDigest: digest }),
  putImage: z.object({
    ...repository,
    imageManifest: z.string().min(1),
    imageManifestMediaType: z.string().optional(),
    imageTag: z.string().min(1).max(300).optional(),
    imageDigest: digest.optional(),
  }),
  describeImages: z.object({
    ...repository,
    imageIds: z.array(imageId).min(1).max(100).optional(),
    nextToken: z.string().optional(),
    maxResults: z.int().min(1).max(1000).default(100),
    filter: z.object({ tagStatus: z.enum(["TAGGED", "UNTAGGED", "ANY"]).optional() }).optional(),
  }),
  createRepository: z.object({
    repositoryName: name,
    imageTagMutability: z.enum(["MUTABLE", "IMMUTABLE"]).default("MUTABLE"),
    tags: z
      .array(z.object({ Key: z.string().min(1).max(128), Value: z.string().max(256) }))
      .max(50)
      .optional(),
  }),
  describeRepositories: z.object({
    repositoryNames: z.array(name).min(1).max(100).optional(),
    nextToken: z.string().regex(/^\d+$/).optional(),
    maxResults: z.int().min(1).max(1000).optional(),
  }),
  deleteRepository: z.object({ ...repository, force: z.boolean().default(false) }),
  putLifecyclePolicy: z.object({ ...repository, lifecyclePolicyText: z.string().min(100).max(30_720) }),
  imageIds: z.object({ ...repository, imageIds: z.array(imageId).min(1).max(100) }),
} as const;

/** What of a manifest says which layers it needs, and, where an engine keeps the image, which one it is. */
export const manifest = z.object({
  mediaType: z.string().optional(),
  config: z.object({ mediaType: z.string(), digest }),
  layers: z.array(z.object({ digest })),
});
