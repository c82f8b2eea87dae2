import { createHash } from "node:crypto";
import {
  BatchCheckLayerAvailabilityCommand,
  BatchGetImageCommand,
  CompleteLayerUploadCommand,
  type ECRClient,
  InitiateLayerUploadCommand,
  LayerAlreadyExistsException,
  PutImageCommand,
  UploadLayerPartCommand,
} from "@aws-sdk/client-ecr";
import * as z from "zod";
import { buildKit, buildKitRepository } from "../../core/images.ts";
import { createRepository, installationTag } from "./repositories.ts";

/** As a registry of the OCI distribution specification: https://github.com/opencontainers/distribution-spec/blob/main/spec.md */
const dockerHub = "https://registry-1.docker.io";
const longestDownloadMs = 5 * 60_000;

const types = {
  index: "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json",
  manifest: "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json",
};

/** What CodeBuild's hosts are. */
const host = { os: "linux", architecture: "amd64" };

const indexSchema = z.object({
  manifests: z.array(
    z.object({ digest: z.string(), platform: z.object({ os: z.string(), architecture: z.string() }).optional() }),
  ),
});
const blobSchema = z.object({ digest: z.string() });
const manifestSchema = z.object({ mediaType: z.string(), config: blobSchema, layers: z.array(blobSchema) });

export interface BuildKitSource {
  /** The URL of the registry. */
  readonly origin: string;
  /** Of the index for all architectures. */
  readonly digest: string;
}

/**
 * Copies BuildKit from Docker Hub into the repository of an installation, which it makes, unless the copy is there. `place`: what the
 * names of the installation's repositories begin with. Throws where a registry refuses, or has something else than was pinned.
 */
export async function copyBuildKit(
  client: ECRClient,
  place: string,
  { origin, digest }: BuildKitSource = { origin: dockerHub, digest: buildKit.digest },
): Promise<void> {
  const repositoryName = buildKitRepository(place);
  await createRepository(client, {
    repositoryName,
    imageTagMutability: "IMMUTABLE",
    tags: [{ Key: installationTag, Value: place }],
  });
  const imageTag = buildKit.version;
  const { images = [] } = await client.send(new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag }] }));
  if (images.length > 0) return;
  const read = reader(origin);
  const index = indexSchema.parse(JSON.parse((await read("manifests", digest, types.index)).toString("utf8")));
  const ours = index.manifests.find(
    ({ platform }) => platform?.os === host.os && platform.architecture === host.architecture,
  );
  if (ours === undefined) throw new Error(`BuildKit ${imageTag} is not there for ${host.os}/${host.architecture}.`);
  const imageManifest = (await read("manifests", ours.digest, types.manifest)).toString("utf8");
  const { config, layers, mediaType } = manifestSchema.parse(JSON.parse(imageManifest));
  for (const blob of [config, ...layers]) await copyBlob(client, repositoryName, blob.digest, read);
  await client.send(
    new PutImageCommand({ repositoryName, imageManifest, imageManifestMediaType: mediaType, imageTag }),
  );
}

type Read = (kind: "manifests" | "blobs", digest: string, accept: string) => Promise<Buffer>;

/** Reads from a registry that gives tokens to everybody, and compares with the digest that was asked for. */
function reader(origin: string): Read {
  let authorization: Readonly<Record<string, string>> = {};
  const asked = (path: string, accept: string): Promise<Response> =>
    download(`${origin}${path}`, { Accept: accept, ...authorization });
  return async (kind, digest, accept) => {
    const path = `/v2/${buildKit.name}/${kind}/${digest}`;
    let answer = await asked(path, accept);
    if (answer.status === 401) {
      authorization = { Authorization: `Bearer ${await tokenFor(answer.headers.get("www-authenticate") ?? "")}` };
      answer = await asked(path, accept);
    }
    if (!answer.ok)
      throw new Error(`${new URL(origin).host} answered ${answer.status} for ${kind} of ${buildKit.name}.`);
    const content = Buffer.from(await answer.arrayBuffer());
    if (`sha256:${createHash("sha256").update(content).digest("hex")}` !== digest)
      throw new Error(`${new URL(origin).host} has something else under ${digest}.`);
    return content;
  };
}

/** `fetch` says why it could not only in the cause of its error. */
async function download(url: string, headers: Readonly<Record<string, string>>): Promise<Response> {
  try {
    return await fetch(url, { headers, signal: AbortSignal.timeout(longestDownloadMs) });
  } catch (error) {
    const { cause = error } = error instanceof Error ? error : {};
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${new URL(url).host} cannot be reached (${why}).`, { cause: error });
  }
}

/** By the challenge of the registry: https://distribution.github.io/distribution/spec/auth/token/ */
async function tokenFor(challenge: string): Promise<string> {
  const said = Object.fromEntries([...challenge.matchAll(/\b(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]));
  const { realm = "", service = "", scope = "" } = said;
  const answer = await download(`${realm}?${new URLSearchParams({ service, scope })}`, {});
  if (!answer.ok) throw new Error(`${realm} gave no token: ${answer.status}.`);
  return z.object({ token: z.string() }).parse(await answer.json()).token;
}

async function copyBlob(client: ECRClient, repositoryName: string, digest: string, read: Read): Promise<void> {
  const asked = new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests: [digest] });
  const { layers = [] } = await client.send(asked);
  if (layers.some(({ layerAvailability }) => layerAvailability === "AVAILABLE")) return;
  const content = await read("blobs", digest, "*/*");
  const { uploadId, partSize = content.length } = await client.send(new InitiateLayerUploadCommand({ repositoryName }));
  for (let partFirstByte = 0; partFirstByte < content.length; partFirstByte += partSize) {
    const layerPartBlob = content.subarray(partFirstByte, partFirstByte + partSize);
    const partLastByte = partFirstByte + layerPartBlob.length - 1;
    await client.send(
      new UploadLayerPartCommand({ repositoryName, uploadId, partFirstByte, partLastByte, layerPartBlob }),
    );
  }
  try {
    await client.send(new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests: [digest] }));
  } catch (error) {
    if (!(error instanceof LayerAlreadyExistsException)) throw error;
  }
}
