import { createHash, type Hash } from "node:crypto";
import * as z from "zod";
import { operationsOf } from "../../kernel/operation.ts";
import type { LocalContext } from "../../kernel/part.ts";
import { AwsError, type Operation } from "../../kernel/service.ts";
import { uuid } from "../../kernel/uuid.ts";
import { inputs } from "./inputs.ts";
import type { Registry } from "./registry.ts";

interface Upload {
  readonly repositoryName: string;
  readonly hash: Hash;
  bytes: number;
}

const operation = operationsOf("InvalidParameterException");
const sized = z.string().regex(/^sha256:[0-9a-f]{64}$/);

/** The operations by which layers come. Their bytes are checked and forgotten: the files are in the image store already. */
export function layerOperations({ randomHex }: LocalContext, registry: Registry): Readonly<Record<string, Operation>> {
  // An upload that a restart interrupts has to be begun again, as it may be on AWS.
  const uploads = new Map<string, Upload>();
  const find = (repositoryName: string, uploadId: string): Upload => {
    const upload = uploads.get(uploadId);
    if (upload?.repositoryName === repositoryName) return upload;
    throw new AwsError(
      "UploadNotFoundException",
      `The upload with id '${uploadId}' in the repository with name '${repositoryName}' does not exist`,
    );
  };
  const availability = (repositoryName: string, layerDigest: string) => {
    const layerSize = registry.store.layerBytes(repositoryName, layerDigest);
    return layerSize === undefined
      ? { layerDigest, layerAvailability: "UNAVAILABLE" }
      : { layerDigest, layerAvailability: "AVAILABLE", layerSize };
  };
  const { respond } = registry;
  return {
    BatchCheckLayerAvailability: operation(inputs.layerAvailability, {
      permissions: (input) => registry.asks("BatchCheckLayerAvailability", input),
      run: ({ repositoryName, registryId, layerDigests }) => {
        registry.repository(repositoryName, registryId);
        const good = layerDigests.filter((digest) => sized.safeParse(digest).success);
        const failures = layerDigests
          .filter((digest) => !good.includes(digest))
          .map((layerDigest) => ({
            layerDigest,
            failureCode: "InvalidLayerDigest",
            failureReason: "Invalid layer digest",
          }));
        return { layers: good.map((digest) => availability(repositoryName, digest)), failures };
      },
    }),
    InitiateLayerUpload: operation(inputs.initiate, {
      permissions: (input) => registry.asks("InitiateLayerUpload", input),
      run: ({ repositoryName, registryId }) => {
        registry.repository(repositoryName, registryId);
        const uploadId = uuid(randomHex);
        uploads.set(uploadId, { repositoryName, hash: createHash("sha256"), bytes: 0 });
        return { uploadId, partSize: 10_485_760 };
      },
    }),
    UploadLayerPart: operation(inputs.uploadPart, {
      permissions: (input) => registry.asks("UploadLayerPart", input),
      run: ({ repositoryName, uploadId, partFirstByte, partLastByte, layerPartBlob }) => {
        const upload = find(repositoryName, uploadId);
        const blob = Buffer.from(layerPartBlob, "base64");
        if (partFirstByte !== upload.bytes || partLastByte !== partFirstByte + blob.length - 1) {
          const details = { uploadId, repositoryName, lastValidByteReceived: upload.bytes - 1 };
          throw new AwsError(
            "InvalidLayerPartException",
            "The layer part is not valid or not consecutive",
            400,
            details,
          );
        }
        upload.hash.update(blob);
        upload.bytes += blob.length;
        return respond({ repositoryName, uploadId, lastByteReceived: partLastByte });
      },
    }),
    CompleteLayerUpload: operation(inputs.complete, {
      permissions: (input) => registry.asks("CompleteLayerUpload", input),
      run: ({ repositoryName, uploadId, layerDigests: [layerDigest = ""] }) => {
        const { hash, bytes } = find(repositoryName, uploadId);
        uploads.delete(uploadId);
        if (bytes === 0) throw new AwsError("EmptyUploadException", "The layer upload has no parts");
        if (registry.store.layerBytes(repositoryName, layerDigest) !== undefined) {
          throw new AwsError("LayerAlreadyExistsException", `The layer with digest ${layerDigest} already exists`);
        }
        if (`sha256:${hash.digest("hex")}` !== layerDigest) {
          throw new AwsError("InvalidLayerException", `The layer does not have the digest ${layerDigest}`);
        }
        registry.store.putLayer(repositoryName, layerDigest, bytes);
        return respond({ repositoryName, uploadId, layerDigest });
      },
    }),
  };
}
