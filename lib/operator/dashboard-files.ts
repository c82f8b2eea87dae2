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

/** A file of the dashboard, and the object of the bucket that it becomes. */
interface DashboardFile {
  readonly path: string;
  readonly key: string;
  readonly contentType: string;
  readonly cacheControl: string;
}

/** Puts every file of a folder into the bucket that the distribution fronts. */
export async function publishDashboard(folder: string, bucket: string, aws: S3ClientConfig = {}): Promise<void> {
  const client = new S3Client(aws);
  for (const { path, key, contentType, cacheControl } of await dashboardFiles(folder)) {
    const Body = await readFile(path);
    await client.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body,
        ContentType: contentType,
        CacheControl: cacheControl,
      }),
    );
  }
  client.destroy();
}

/** All files of a folder, the pages last: what one names is there when it can be read. */
export async function dashboardFiles(folder: string): Promise<readonly DashboardFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, key: path.slice(folder.length + 1).replaceAll("\\", "/") }))
    .map(({ path, key }) => ({
      path,
      key,
      contentType: types[extname(key)] ?? "application/octet-stream",
      cacheControl: isHashed(key) ? "public, max-age=31536000, immutable" : "no-cache",
    }));
  return [...files.filter(({ key }) => isHashed(key)), ...files.filter(({ key }) => !isHashed(key))];
}
