import {
  BatchCheckLayerAvailabilityCommand,
  CompleteLayerUploadCommand,
  ECRClient,
  ImageAlreadyExistsException,
  InitiateLayerUploadCommand,
  LayerAlreadyExistsException,
  PutImageCommand,
  UploadLayerPartCommand,
} from "@aws-sdk/client-ecr";
import * as z from "zod";
import { sha256 } from "../images/tree.ts";
import { readConfig } from "./docker-config.ts";
import { SolveError } from "./failures.ts";

const PART_BYTES = 5 * 1024 * 1024;

type Env = Readonly<Record<string, string | undefined>>;

/** What a push sends: a manifest, and the configuration and layers that it names by their sha256. */
export interface Pushed {
  readonly manifest: string;
  readonly blobs: readonly string[];
}

const pair = z.tuple([z.string().min(1), z.string().min(1)]);

/** With the keys that the login's password consists of, so that whoever logged in decides what the push may do. */
function clientOf(auth: string): ECRClient {
  const [, password = ""] = Buffer.from(auth, "base64").toString().split(/:(.*)/s);
  const parsed = pair.safeParse(Buffer.from(password, "base64").toString().split(":"));
  if (!parsed.success) throw new SolveError("unexpected status from the registry: 401 Unauthorized");
  const [accessKeyId, secretAccessKey] = parsed.data;
  return new ECRClient({ credentials: { accessKeyId, secretAccessKey } });
}

/** Sends one blob in the calls that `docker push` makes, unless the repository has it. */
async function pushLayer(client: ECRClient, repositoryName: string, blob: string): Promise<void> {
  const bytes = Buffer.from(blob);
  const layerDigests = [sha256(bytes)];
  const { layers } = await client.send(new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests }));
  if (layers?.[0]?.layerAvailability === "AVAILABLE") return;
  const { uploadId } = await client.send(new InitiateLayerUploadCommand({ repositoryName }));
  for (let first = 0; first < bytes.length; first += PART_BYTES) {
    const layerPartBlob = bytes.subarray(first, first + PART_BYTES);
    const part = { partFirstByte: first, partLastByte: first + layerPartBlob.length - 1, layerPartBlob };
    await client.send(new UploadLayerPartCommand({ repositoryName, uploadId, ...part }));
  }
  try {
    await client.send(new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests }));
  } catch (error) {
    // Another build sent the same layer meanwhile.
    if (!(error instanceof LayerAlreadyExistsException)) throw error;
  }
}

async function putImage(
  client: ECRClient,
  repositoryName: string,
  imageTag: string,
  imageManifest: string,
): Promise<void> {
  const imageManifestMediaType = "application/vnd.oci.image.manifest.v1+json";
  try {
    await client.send(new PutImageCommand({ repositoryName, imageTag, imageManifest, imageManifestMediaType }));
  } catch (error) {
    // The very image under the very tag: what was wanted.
    if (!(error instanceof ImageAlreadyExistsException)) throw error;
  }
}

/**
 * Pushes to `<registry>/<repository>:<tag>` with ECR's own API and the credentials of the login, so that their grants decide. Throws {@link SolveError} when the registry was not logged in to, or ECR refuses.
 */
export async function push(env: Env, reference: string, { manifest, blobs }: Pushed): Promise<void> {
  const [, registry = "", repository = "", tag = "latest"] = /^([^/]+)\/([^:@]+)(?::(.+))?$/.exec(reference) ?? [];
  if (repository === "")
    throw new SolveError(
      `failed to push ${reference}: push access denied, repository does not exist or may require authorization`,
    );
  const login = readConfig(env).auths[registry];
  if (login === undefined) throw new SolveError(`failed to push ${reference}: no basic auth credentials`);
  const client = clientOf(login.auth);
  try {
    for (const blob of blobs) await pushLayer(client, repository, blob);
    await putImage(client, repository, tag, manifest);
  } catch (error) {
    throw new SolveError(
      `failed to push ${reference}: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`,
    );
  } finally {
    client.destroy();
  }
}
