import { openImages } from "../../containers/images/images.ts";
import type { LocalContext } from "../../kernel/part.ts";
import { openEcrStore } from "../ecr/store.ts";

/**
 * Removes from the image store what builds that were killed left there: trees that were being built, and images that were built
 * and never pushed; `tidyEngine` removes the same from the engine. Only while no build runs.
 */
export function removeLeftovers(context: LocalContext, tidyEngine?: (kept: ReadonlySet<string>) => void): void {
  const images = openImages(context.dataDir);
  images.sweep();
  const pushed = openEcrStore(context).digests();
  for (const digest of images.list()) if (!pushed.has(digest)) images.remove(digest);
  tidyEngine?.(pushed);
}
