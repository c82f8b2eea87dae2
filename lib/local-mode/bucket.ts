import { GetObjectCommand, NoSuchKey, S3Client } from "@aws-sdk/client-s3";
import type { Credentials } from "@slipway/local-aws/kernel/part";
import type { HeaderList } from "@slipway/local-aws/services/apigateway/message";

/** Reads objects of buckets as the local mode itself: what CloudFront may read is its origin access control's business. */
export function createBucketReader(options: { endpoint: string; region: string; credentials: Credentials }) {
  const client = new S3Client({ ...options, forcePathStyle: true });
  return {
    readObject: async (bucket: string, key: string): Promise<{ body: Buffer; headers: HeaderList } | undefined> => {
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
    },
    close: () => client.destroy(),
  };
}
