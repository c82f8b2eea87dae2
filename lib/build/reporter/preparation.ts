import type { Redact } from "@slipway/text/redactor";
import type { Claim } from "../../contract/build.ts";
import { type Builder, openBuilder } from "./builder.ts";
import type { Registry } from "./registry.ts";
import type { Surroundings } from "./surroundings.ts";

/** What docker needs before a build and what needs no source: a login and a builder. */
export interface Preparation {
  /**
   * Resolves once docker is logged in and the builder has started. `builder` is `null` where docker's own builder has to do, and
   * `objection` then says what that costs, if it was not intended. Throws a `BuildFailure` if docker could not be logged in.
   */
  ready(): Promise<Prepared>;
  /** Ends what is still under way; resolves with the builder, if there is one, when nothing is. Never rejects. */
  end(): Promise<Builder | null>;
}

interface Prepared {
  readonly builder: Builder | null;
  readonly objection: string | null;
}

export interface PreparationOptions extends Pick<Surroundings, "after" | "env"> {
  readonly registry: Pick<Registry, "logIn" | "env">;
  readonly image: Claim["image"];
  readonly redact: Redact;
  /** Aborting ends the start of the builder, and the builder's writing of its cache. */
  readonly interrupted: AbortSignal;
}

/** Begins at once, so that the source can be cloned meanwhile. The builder comes second: its image may be in the registry. */
export function prepareDocker({ registry, interrupted, ...options }: PreparationOptions): Preparation {
  const unneeded = new AbortController();
  const signal = AbortSignal.any([interrupted, unneeded.signal]);
  const prepared = registry.logIn().then(() => startBuilder({ ...options, env: registry.env, signal }));
  const settled = prepared.then(
    ({ builder }) => builder,
    () => null,
  );
  let isReady = false;
  void settled.then(() => {
    isReady = true;
  });
  return {
    ready: () => prepared,
    end: () => {
      // A builder that has started may still have a cache to write.
      if (!isReady) unneeded.abort();
      return settled;
    },
  };
}

async function startBuilder({
  image: { cache, tag, builders },
  redact,
  ...options
}: Omit<PreparationOptions, "registry" | "interrupted"> & { readonly signal: AbortSignal }): Promise<Prepared> {
  if (builders.length === 0) return { builder: null, objection: null };
  const opened = await openBuilder({ ...options, cache, images: builders, builder: `slipway-${tag}` });
  if (typeof opened !== "string") return { builder: opened, objection: null };
  const lost = cache === null ? "" : "This build does not use the cache of earlier builds. ";
  const objection = `Docker could not start BuildKit in a container: ${redact(opened)}. ${lost}Output of a step beyond 2 MB is cut.`;
  return { builder: null, objection };
}
