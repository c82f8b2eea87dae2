import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { PutObjectCommand, S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Puts every file of a folder into the bucket that the distribution fronts. */
export async function publishDashboard(folder: string, bucket: string, aws: S3ClientConfig = {}): Promise<void> {
  const client = new S3Client(aws);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const Key = path.slice(folder.length + 1).replaceAll("\\", "/");
    const ContentType = types[extname(path)] ?? "application/octet-stream";
    await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: await readFile(path), ContentType }));
  }
  client.destroy();
}
