import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { listing, removeTree, sha256 } from "./tree.ts";

const words = z.array(z.string());

/** `Test` begins with `NONE`, `CMD` or `CMD-SHELL`; times in nanoseconds. Docker's own addition to the OCI configuration. */
const healthcheck = z.object({
  Test: words,
  Interval: z.number().optional(),
  Timeout: z.number().optional(),
  StartPeriod: z.number().optional(),
  StartInterval: z.number().optional(),
  Retries: z.number().optional(),
});

/** The part of an OCI image configuration that a task needs, under its names there. */
const imageConfig = z.object({
  Cmd: words.nullable(),
  Entrypoint: words.nullable(),
  /** `NAME=value`, in the order in which they were set. */
  Env: words,
  WorkingDir: z.string(),
  /** Keys like `3000/tcp`. */
  ExposedPorts: z.record(z.string(), z.object({})),
  User: z.string(),
  StopSignal: z.string(),
  Labels: z.record(z.string(), z.string()),
  /** Paths; absent in images that have none. */
  Volumes: z.record(z.string(), z.object({})).optional(),
  Healthcheck: healthcheck.optional(),
});

export type ImageConfig = z.infer<typeof imageConfig>;

export interface StoredImage {
  /** The image's files. They belong to the image: whoever runs something that may write gives it a copy. */
  readonly rootfs: string;
  readonly config: ImageConfig;
  /** The OCI manifest, byte for byte: its sha256 is the image's digest. */
  readonly manifest: string;
  /** What a registry is sent besides the manifest: the configuration, and as the one layer a canonical listing of the tree. */
  blobs(): string[];
}

/** Images on disk, each in `<data>/images/<hex of its digest>/`. */
export interface Images {
  path(digest: string): StoredImage | undefined;
  /**
   * Makes an image of a tree from {@link Images.scratch} (which is taken away) and answers its digest, `sha256:` and 64 hex characters.
   * The same content and configuration have the same digest. An image is there whole or not at all, however the process ends.
   */
  commit(tree: string, config: ImageConfig): string;
  /** Absent is fine. */
  remove(digest: string): void;
  /** The digests of all images. */
  list(): string[];
  /** A new empty directory for a build; whoever asked removes it. */
  scratch(): string;
  /** Removes what builds left behind that were killed. Only while no build runs. */
  sweep(): void;
}

const SCRATCH = "building-";
const LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar";

/** The configuration as registries have it. What the tree was made of is not kept: its one layer is no archive. */
const ociConfig = (config: string): string =>
  `{"architecture":"amd64","os":"linux","config":${config},"rootfs":{"type":"layers","diff_ids":[]}}`;

function manifestOf(config: string, layer: string): string {
  const blob = (mediaType: string, bytes: string) => ({
    mediaType,
    size: Buffer.byteLength(bytes),
    digest: sha256(bytes),
  });
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: blob("application/vnd.oci.image.config.v1+json", config),
    layers: [blob(LAYER_TYPE, layer)],
  });
}

/** Puts the files of an image beside each other in `place`: closed to other users, whatever the umask of who builds. */
function lay(place: string, tree: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(place, { recursive: true, mode: 0o700 });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(place, name), content, { mode: 0o600 });
  renameSync(tree, join(place, "rootfs"));
}

/** Opens the images below a data directory; several processes may have the same one open. */
export function openImages(dataDir: string): Images {
  const root = join(dataDir, "images");
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const home = (digest: string): string =>
    join(
      root,
      z
        .stringFormat("digest", /^sha256:[0-9a-f]{64}$/)
        .parse(digest)
        .slice(7),
    );
  const scratch = (): string => mkdtempSync(join(root, SCRATCH));
  const remove = (digest: string): void => {
    if (!existsSync(home(digest))) return;
    // Renamed first, so that half an image never answers to its digest.
    const grave = join(scratch(), "image");
    renameSync(home(digest), grave);
    removeTree(join(grave, ".."));
  };
  return {
    path: (digest) => {
      const at = home(digest);
      if (!existsSync(at)) return undefined;
      const read = (name: string): string => readFileSync(join(at, name), "utf8");
      return {
        rootfs: join(at, "rootfs"),
        config: imageConfig.parse(JSON.parse(read("config.json"))),
        manifest: read("manifest.json"),
        blobs: () => [ociConfig(read("config.json")), read("layer.txt")],
      };
    },
    commit: (tree, config) => {
      const layer = listing(tree);
      const text = JSON.stringify(imageConfig.parse(config));
      const manifest = manifestOf(ociConfig(text), layer);
      const digest = sha256(manifest);
      if (existsSync(home(digest))) {
        removeTree(tree);
        return digest;
      }
      const place = scratch();
      lay(join(place, "image"), tree, { "config.json": text, "manifest.json": manifest, "layer.txt": layer });
      // Another build may have made the very same image meanwhile: then this one is not needed.
      if (!existsSync(home(digest))) renameSync(join(place, "image"), home(digest));
      removeTree(place);
      return digest;
    },
    remove,
    list: () =>
      readdirSync(root)
        .filter((name) => !name.startsWith(SCRATCH))
        .map((name) => `sha256:${name}`),
    scratch,
    sweep: () => {
      for (const name of readdirSync(root)) if (name.startsWith(SCRATCH)) removeTree(join(root, name));
    },
  };
}
