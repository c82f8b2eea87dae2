import { setTimeout as pause } from "node:timers/promises";
import { BatchGetImageCommand, type ECRClient, GetDownloadUrlForLayerCommand } from "@aws-sdk/client-ecr";
import * as z from "zod";
import type { ImageConfig } from "../../core/image-config.ts";

/** Of an image for one platform its configuration, of one for several the images. What signs them has no platform. */
const manifestSchema = z.object({
  config: z.object({ digest: z.string() }).optional(),
  manifests: z.array(z.object({ digest: z.string(), platform: z.object({ os: z.string() }).optional() })).optional(),
});

const words = z.array(z.string()).nullish();

/** https://github.com/opencontainers/image-spec/blob/main/config.md, and `Healthcheck`, which is Docker's own. */
const configSchema = z.object({
  config: z
    .object({
      ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
      Env: words,
      Healthcheck: z.object({ Test: words }).nullish(),
    })
    .nullish(),
});

/** It has a few KB. */
const largest = 4 * 1024 * 1024;
const deadlineMs = 5_000;
const attempts = 3;
const pauseMs = 200;

/**
 * What an image in ECR says of how its containers run; `null`: it is not there, its configuration is none, or ECR's layer store
 * cannot be reached: a release does not wait for what its image says.
 */
export async function readImageConfig(
  client: ECRClient,
  repositoryName: string,
  digest: string,
): Promise<ImageConfig | null> {
  const manifest = await manifestOf(client, repositoryName, digest);
  const platform = manifest?.manifests?.find((one) => one.platform?.os !== "unknown")?.digest;
  const single = platform === undefined ? manifest : await manifestOf(client, repositoryName, platform);
  if (single?.config === undefined) return null;
  const { downloadUrl = "" } = await client.send(
    new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest: single.config.digest }),
  );
  const parsed = configSchema.safeParse(await download(downloadUrl));
  if (!parsed.success) return null;
  const { ExposedPorts, Env, Healthcheck } = parsed.data.config ?? {};
  return { exposed: Object.keys(ExposedPorts ?? {}), env: Env ?? [], healthCheck: Healthcheck?.Test ?? [] };
}

async function manifestOf(client: ECRClient, repositoryName: string, imageDigest: string) {
  const { images = [] } = await client.send(new BatchGetImageCommand({ repositoryName, imageIds: [{ imageDigest }] }));
  const text = images[0]?.imageManifest;
  return text === undefined ? null : (manifestSchema.safeParse(asJson(text)).data ?? null);
}

async function download(url: string): Promise<unknown> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    try {
      return await downloadOnce(url);
    } catch {
      await pause(pauseMs * attempt);
    }
  }
  return undefined;
}

async function downloadOnce(url: string): Promise<unknown> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(deadlineMs) });
  if (!answer.ok) throw new Error(`ECR's layer store answered ${answer.status} for the configuration of an image.`);
  if (Number(answer.headers.get("content-length") ?? 0) > largest) return null;
  const text = await answer.text();
  return text.length > largest ? null : asJson(text);
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON fits no schema.
    return undefined;
  }
}
