import type { Images } from "../../containers/images/images.ts";
import { sha256 } from "../../containers/images/tree.ts";
import { presignedUrl } from "../../endpoint/sigv4.ts";
import { operationsOf } from "../../kernel/operation.ts";
import type { LocalContext } from "../../kernel/part.ts";
import {
  AwsError,
  type HttpService,
  type Operation,
  type WireRequest,
  type WireResponse,
} from "../../kernel/service.ts";
import { ENGINE_IMAGE, parseManifest } from "./images.ts";
import { inputs } from "./inputs.ts";
import type { Registry } from "./registry.ts";

/** On AWS the layers lie in buckets of S3 that belong to ECR. */
const SCOPE = "ecr-layers";
const PREFIX = "/ecr-layers/";
const URL_SECONDS = 60 * 60;

const operation = operationsOf("InvalidParameterException");

/** `GetDownloadUrlForLayer`: answers an address that is good for an hour, with the rights of who asked. */
export function downloadOperation(context: LocalContext, registry: Registry): Operation {
  const { awsEndpoint, region, clock, credentialsOf } = context;
  return operation(inputs.layer, {
    permissions: (input) => registry.asks("GetDownloadUrlForLayer", input),
    run: ({ repositoryName, registryId, layerDigest }, caller) => {
      registry.repository(repositoryName, registryId);
      if (!isLayer(registry, repositoryName, layerDigest)) {
        throw new AwsError(
          "LayersNotFoundException",
          `The layer with digest '${layerDigest}' does not exist in the repository with name '${repositoryName}'`,
        );
      }
      const url = `${awsEndpoint}${PREFIX}${layerDigest}/${repositoryName}`;
      const options = { ...credentialsOf(caller), region, scope: SCOPE, seconds: URL_SECONDS, now: clock.now() };
      return { downloadUrl: presignedUrl(url, options), layerDigest };
    },
  });
}

const engineImage = (registry: Registry, repositoryName: string, digest: string) =>
  registry.store
    .images(repositoryName)
    .find((image) => image.digest === digest && configOf(image).mediaType === ENGINE_IMAGE);

const configOf = ({ manifest }: { readonly manifest: string }) => parseManifest(manifest).config;

const isLayer = (registry: Registry, repositoryName: string, digest: string): boolean =>
  registry.store.layerBytes(repositoryName, digest) !== undefined ||
  engineImage(registry, repositoryName, digest) !== undefined;

interface Layers {
  readonly images: Images;
  readonly engineConfig: (digest: string) => Promise<string | undefined>;
}

/** What the addresses of {@link downloadOperation} lead to: the configurations and layers of the images that are kept. */
export function layerStore(registry: Registry, { images, engineConfig }: Layers): HttpService {
  const read = async (repositoryName: string, digest: string): Promise<string | undefined> => {
    if (engineImage(registry, repositoryName, digest) !== undefined) return engineConfig(digest);
    for (const image of registry.store.images(repositoryName)) {
      const blob = images
        .path(image.digest)
        ?.blobs()
        .find((one) => sha256(one) === digest);
      if (blob !== undefined) return blob;
    }
    return undefined;
  };
  return {
    kind: "http",
    scope: SCOPE,
    permissions: (request) =>
      registry.asks("GetDownloadUrlForLayer", { repositoryName: wantedOf(request).repositoryName }),
    handle: async (request) => {
      const { repositoryName, digest } = wantedOf(request);
      const body = await read(repositoryName, digest);
      if (body === undefined) return refuse(new AwsError("NoSuchKey", "The specified key does not exist.", 404));
      return { status: 200, headers: { "content-type": "application/octet-stream" }, body };
    },
    refuse,
  };
}

function wantedOf({ method, url }: WireRequest): { readonly repositoryName: string; readonly digest: string } {
  const [, digest, repositoryName] = /^\/ecr-layers\/(sha256:[0-9a-f]{64})\/(.+)$/.exec(url.pathname) ?? [];
  if (method === "GET" && digest !== undefined && repositoryName !== undefined) return { repositoryName, digest };
  throw new AwsError("NoSuchKey", "The specified key does not exist.", 404);
}

function refuse({ code, message, status }: AwsError): WireResponse {
  const headers = { "content-type": "application/xml" };
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, headers, body };
}
