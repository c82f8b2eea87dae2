import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { PutObjectCommand, S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".md": "text/markdown; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
};

/** Below `assets/` a name holds a hash of its content, so nothing of that name ever changes. */
const isHashed = (key: string): boolean => key.startsWith("assets/");

/** Puts every file of a folder into the bucket that the distribution fronts. */
export async function publishDashboard(folder: string, bucket: string, aws: S3ClientConfig = {}): Promise<void> {
  const client = new S3Client(aws);
  for (const key of await keysOf(folder)) {
    await client.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: await readFile(join(folder, key)),
        ContentType: types[extname(key)] ?? "application/octet-stream",
        CacheControl: isHashed(key) ? "public, max-age=31536000, immutable" : "no-cache",
      }),
    );
  }
  client.destroy();
}

/** The pages last: what one names is there when it can be read. */
async function keysOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const keys = files.map((path) => path.slice(folder.length + 1).replaceAll("\\", "/"));
  return [...keys.filter(isHashed), ...keys.filter((key) => !isHashed(key))];
}
