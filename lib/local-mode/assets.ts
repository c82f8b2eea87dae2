import { join } from "node:path";
import * as z from "zod";

const AssetsSchema = z.looseObject({
  files: z
    .record(
      z.string(),
      z.looseObject({
        source: z.looseObject({ path: z.string().optional(), packaging: z.enum(["file", "zip"]).default("file") }),
        destinations: z.record(z.string(), z.looseObject({ objectKey: z.string() })),
      }),
    )
    .default({}),
});

/** `<Stack>.assets.json`, parsed as JSON only, and the directory it lies in. */
export interface AssetManifest {
  readonly assets: unknown;
  readonly directory: string;
}

/** Where the file (or, for a ZIP, the unpacked folder) lies that a template calls by its S3 key. Throws for a key that no asset has. */
export function assetPath({ assets, directory }: AssetManifest, s3Key: string): string {
  const files = Object.values(AssetsSchema.parse(assets).files);
  const file = files.find(({ destinations }) =>
    Object.values(destinations).some(({ objectKey }) => objectKey === s3Key),
  );
  if (file?.source.path === undefined) throw new Error(`No asset has the S3 key ${s3Key}.`);
  return join(directory, file.source.path);
}
