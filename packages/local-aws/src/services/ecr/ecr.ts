import * as z from "zod";
import { openImages } from "../../containers/images/images.ts";
import { operationsOf } from "../../kernel/operation.ts";
import type { LocalContext, LocalPart, ResourceProvider } from "../../kernel/part.ts";
import type { Operation } from "../../kernel/service.ts";
import { downloadOperation, layerStore } from "./downloads.ts";
import { imageOperations } from "./images.ts";
import { inputs } from "./inputs.ts";
import { layerOperations } from "./layers.ts";
import { createRegistry, type Registry } from "./registry.ts";
import { repositoryOperations } from "./repositories.ts";

const TOKEN_SECONDS = 12 * 60 * 60;

const properties = z.object({
  RepositoryName: z.string().optional(),
  ImageTagMutability: z.enum(["MUTABLE", "IMMUTABLE"]).default("MUTABLE"),
  LifecyclePolicy: z.object({ LifecyclePolicyText: z.string().optional() }).optional(),
});

function repositoryProvider(context: LocalContext, registry: Registry): ResourceProvider {
  return {
    type: "AWS::ECR::Repository",
    ensure: ({ physicalName, properties: given }) => {
      const { RepositoryName, ImageTagMutability: mutability, LifecyclePolicy } = properties.parse(given);
      // A repository's name has no capitals.
      const name = RepositoryName ?? physicalName.toLowerCase();
      const [arn, uri] = [registry.arn(name), registry.uri(name)];
      const lifecyclePolicy = LifecyclePolicy?.LifecyclePolicyText ?? null;
      const { tags = {}, createdAt = context.clock.now() / 1000 } = registry.store.repository(name) ?? {};
      registry.store.putRepository({ name, arn, uri, mutability, lifecyclePolicy, tags, createdAt });
      return { ref: name, attributes: { Arn: arn, RepositoryUri: uri } };
    },
  };
}

/** The password is a pair of keys with the rights of who asked for it: whoever logs in with it may do what they may. */
function authorizationOperation({ account, region, clock, credentialsOf }: LocalContext): Operation {
  return operationsOf("InvalidParameterException")(inputs.authorization, {
    permissions: () => [{ action: "ecr:GetAuthorizationToken", resource: "*" }],
    run: (_input, caller) => {
      const { accessKeyId, secretAccessKey } = credentialsOf(caller);
      const password = Buffer.from(`${accessKeyId}:${secretAccessKey}`).toString("base64");
      return {
        authorizationData: [
          {
            authorizationToken: Buffer.from(`AWS:${password}`).toString("base64"),
            expiresAt: clock.now() / 1000 + TOKEN_SECONDS,
            proxyEndpoint: `https://${account}.dkr.ecr.${region}.amazonaws.com`,
          },
        ],
      };
    },
  });
}

export interface EcrOptions {
  /** Called with the digest of an image that no repository has any more. */
  readonly onImageRemoved?: (digest: string) => void;
  /** The OCI configuration, as JSON, of an image that a container engine keeps; `undefined`: it does not have it. */
  readonly engineConfig?: (digest: string) => Promise<string | undefined>;
}

/**
 * ECR: the repositories of the template and those made at run time, with the images that `docker push` puts there under their digests. Life-cycle policies are
 * stored and not applied. An image's files lie in `<data>/images` and go when no repository has the image any more.
 */
export function createEcr(context: LocalContext, options: EcrOptions = {}): LocalPart {
  const { onImageRemoved = () => {}, engineConfig = async () => undefined } = options;
  const registry = createRegistry(context);
  const images = openImages(context.dataDir);
  const remove = (digest: string): void => {
    images.remove(digest);
    onImageRemoved(digest);
  };
  const trees = { ...images, remove };
  const operations = {
    GetAuthorizationToken: authorizationOperation(context),
    ...layerOperations(context, registry),
    GetDownloadUrlForLayer: downloadOperation(context, registry),
    ...imageOperations(context, registry, trees),
    ...repositoryOperations(context, registry, trees),
  };
  return {
    services: [
      { kind: "json", scope: "ecr", dialect: "application/x-amz-json-1.1", operations },
      layerStore(registry, { images, engineConfig }),
    ],
    providers: [repositoryProvider(context, registry)],
    close: async () => {},
  };
}
