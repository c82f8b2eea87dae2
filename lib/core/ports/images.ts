import type { TaggedImage } from "../images.ts";

/** The images that builds have pushed. */
export interface Images {
  /** All that have a tag. */
  list(): Promise<readonly TaggedImage[]>;
  /** Takes tags away. An image goes with its last one; a tag that is not there is away. */
  untag(tags: readonly string[]): Promise<void>;
}
