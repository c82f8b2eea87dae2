import { readFile } from "node:fs/promises";
import { GetObjectCommand, NoSuchKey, S3Client } from "@aws-sdk/client-s3";
import type { Credentials } from "@slipway/local-aws/kernel/part";
import type { HeaderList } from "@slipway/local-aws/services/apigateway/message";

/** A file of this machine that stands for an object of a bucket. */
interface ServedFile {
  readonly path: string;
  readonly key: string;
  readonly contentType: string;
  readonly cacheControl: string;
}

interface StoredObject {
  readonly body: Buffer;
  readonly headers: HeaderList;
}

export interface BucketReader {
  readonly readObject: (bucket: string, key: string) => Promise<StoredObject | undefined>;
  /**
   * From now on the bucket has exactly these, as they are at this moment: the checkout may be built anew. Putting the hundreds of
   * files of the dashboard into it would take half as long as all else of a start.
   */
  readonly serveFiles: (bucket: string, files: readonly ServedFile[]) => Promise<void>;
  readonly close: () => void;
}

/** Reads objects of buckets as the local mode itself: what CloudFront may read is its origin access control's business. */
export function createBucketReader(options: {
  endpoint: string;
  region: string;
  credentials: Credentials;
}): BucketReader {
  const client = new S3Client({ ...options, forcePathStyle: true });
  const served = new Map<string, ReadonlyMap<string, StoredObject>>();
  return {
    readObject: async (bucket, key) => {
      const objects = served.get(bucket);
      return objects === undefined ? stored(client, bucket, key) : objects.get(key);
    },
    serveFiles: async (bucket, files) => {
      const objects = await Promise.all(files.map(async (file) => [file.key, await objectOf(file)] as const));
      served.set(bucket, new Map(objects));
    },
    close: () => client.destroy(),
  };
}

async function objectOf({ path, contentType, cacheControl }: ServedFile): Promise<StoredObject> {
  const headers: HeaderList = [
    ["content-type", contentType],
    ["cache-control", cacheControl],
  ];
  return { body: await readFile(path), headers };
}

async function stored(client: S3Client, bucket: string, key: string): Promise<StoredObject | undefined> {
  try {
    const object = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const bytes = await object.Body?.transformToByteArray();
    const headers: HeaderList = [
      ["content-type", object.ContentType ?? "application/octet-stream"],
      ...(object.CacheControl === undefined ? [] : [["cache-control", object.CacheControl] as const]),
    ];
    return { body: Buffer.from(bytes ?? []), headers };
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}
