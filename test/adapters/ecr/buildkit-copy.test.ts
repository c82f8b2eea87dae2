import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ECRClient } from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { copyBuildKit } from "../../../lib/adapters/ecr/buildkit.ts";
import { buildKit } from "../../../lib/core/images.ts";

const digestOf = (content: string): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;
const mediaType = "application/vnd.oci.image.manifest.v1+json";
const layer = "x".repeat(25);
const config = JSON.stringify({ os: "linux" });
const manifest = JSON.stringify({
  mediaType,
  config: { digest: digestOf(config) },
  layers: [{ digest: digestOf(layer) }],
});
const index = JSON.stringify({
  manifests: [
    { digest: "sha256:other", platform: { os: "linux", architecture: "arm64" } },
    { digest: digestOf(manifest), platform: { os: "linux", architecture: "amd64" } },
  ],
});

let hub: Server;
let origin: string;
/** By path below the image. */
let files: Record<string, string>;
/** What ECR has: repositories, blobs and tags. */
let ecr: { repositories: string[]; blobs: Map<string, string>; tags: Map<string, string> };
let asked: string[];

beforeEach(async () => {
  files = {
    [`manifests/${digestOf(index)}`]: index,
    [`manifests/${digestOf(manifest)}`]: manifest,
    [`blobs/${digestOf(config)}`]: config,
    [`blobs/${digestOf(layer)}`]: layer,
  };
  asked = [];
  ecr = { repositories: [], blobs: new Map(), tags: new Map() };
  hub = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", origin);
    if (pathname === "/token") return response.end(JSON.stringify({ token: `for ${searchParams.get("scope")}` }));
    if (request.headers.authorization !== "Bearer for pull") {
      const challenge = `Bearer realm="${origin}/token",service="hub",scope="pull"`;
      return response.writeHead(401, { "www-authenticate": challenge }).end();
    }
    const path = pathname.replace(`/v2/${buildKit.name}/`, "");
    asked.push(path);
    return files[path] === undefined ? response.writeHead(404).end() : response.end(files[path]);
  });
  await new Promise<void>((done) => hub.listen(0, "127.0.0.1", done));
  origin = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`;
});
afterEach(() => new Promise<void>((done) => hub.close(() => done())));

/** An ECR that takes parts of ten bytes and, as ECR does, only manifests of which it has all blobs. */
function registry(): ECRClient {
  let upload = "";
  // biome-ignore lint/suspicious/noExplicitAny: each operation knows its input.
  const operations: Readonly<Record<string, (input: any) => unknown>> = {
    CreateRepositoryCommand: ({ repositoryName }) => ecr.repositories.push(repositoryName) && {},
    BatchGetImageCommand: ({ imageIds }) => ({ images: ecr.tags.has(imageIds[0].imageTag) ? [{}] : [] }),
    BatchCheckLayerAvailabilityCommand: ({ layerDigests: [layerDigest] }) => ({
      layers: [{ layerDigest, layerAvailability: ecr.blobs.has(layerDigest) ? "AVAILABLE" : "UNAVAILABLE" }],
    }),
    InitiateLayerUploadCommand: () => {
      upload = "";
      return { uploadId: "1", partSize: 10 };
    },
    UploadLayerPartCommand: ({ partFirstByte, partLastByte, layerPartBlob }) => {
      if (partFirstByte !== upload.length || partLastByte - partFirstByte + 1 !== layerPartBlob.length)
        throw new Error("A part is missing.");
      upload += Buffer.from(layerPartBlob).toString("utf8");
    },
    CompleteLayerUploadCommand: ({ layerDigests: [digest] }) => {
      if (digestOf(upload) !== digest) throw new Error("Another digest.");
      ecr.blobs.set(digest, upload);
    },
    PutImageCommand: ({ imageManifest, imageManifestMediaType, imageTag }) => {
      const { config: one, layers } = JSON.parse(imageManifest);
      for (const { digest } of [one, ...layers]) if (!ecr.blobs.has(digest)) throw new Error(`No blob ${digest}.`);
      expect(imageManifestMediaType).toBe(mediaType);
      ecr.tags.set(imageTag, digestOf(imageManifest));
    },
  };
  const client = new ECRClient({ region: "eu-west-1" });
  client.send = (async (command: { readonly input: unknown }) =>
    operations[command.constructor.name]?.(command.input) ?? {}) as ECRClient["send"];
  return client;
}

const source = () => ({ origin, digest: digestOf(index) });

test("the pinned BuildKit is copied for the architecture of the build hosts, blob by blob, in parts", async () => {
  await copyBuildKit(registry(), "slipway-staging", source());
  expect(ecr.repositories).toEqual(["slipway-staging/buildkit"]);
  expect([...ecr.blobs.keys()].toSorted()).toEqual([digestOf(config), digestOf(layer)].toSorted());
  expect(ecr.tags).toEqual(new Map([[buildKit.version, digestOf(manifest)]]));
});

test("a copy that is there is not made again", async () => {
  ecr.tags.set(buildKit.version, "sha256:there");
  await copyBuildKit(registry(), "slipway", source());
  expect(asked).toEqual([]);
});

test("a copy that was interrupted goes on with the blobs that are missing", async () => {
  ecr.blobs.set(digestOf(layer), layer);
  await copyBuildKit(registry(), "slipway", source());
  expect(asked).not.toContain(`blobs/${digestOf(layer)}`);
  expect(ecr.tags.get(buildKit.version)).toBe(digestOf(manifest));
});

test("something else than what was pinned is not copied", async () => {
  files[`manifests/${digestOf(index)}`] = index.replace("amd64", "riscv64");
  await expect(copyBuildKit(registry(), "slipway", source())).rejects.toThrow("has something else under sha256:");
  files[`manifests/${digestOf(index)}`] = index;
  files[`blobs/${digestOf(layer)}`] = "something else";
  await expect(copyBuildKit(registry(), "slipway", source())).rejects.toThrow("has something else");
  expect(ecr.tags).toEqual(new Map());
});

test("a registry that refuses is named", async () => {
  files = {};
  await expect(copyBuildKit(registry(), "slipway", source())).rejects.toThrow(
    `${new URL(origin).host} answered 404 for manifests of moby/buildkit.`,
  );
});

test("a registry that cannot be reached is named, with the reason", async () => {
  const closed = { origin: "http://127.0.0.1:1", digest: digestOf(index) };
  await expect(copyBuildKit(registry(), "slipway", closed)).rejects.toThrow(
    /^127\.0\.0\.1:1 cannot be reached \(.*(ECONNREFUSED|bad port).*\)\.$/,
  );
});
