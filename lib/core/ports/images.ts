import type { TaggedImage } from "../images.ts";

/** Why an app's repositories cannot be made: a person must do something, and the message says what. */
export class RepositoriesRefused extends Error {
  override readonly name = "RepositoriesRefused";
}

/** The images that builds have pushed, in a repository for each app, beside one for the cache of its builds. */
export interface Images {
  /** Makes an app's repositories unless they are there. Throws {@link RepositoriesRefused}. */
  prepare(appId: number): Promise<void>;
  /** All of an app's images that have a tag. */
  list(appId: number): Promise<readonly TaggedImage[]>;
  /** Gives an app's image a further tag, with which it stays. `false`: it is not there, or another one has the tag. */
  adopt(appId: number, digest: string, tag: string): Promise<boolean>;
  /** Takes tags of an app's images away. An image goes with its last one; a tag that is not there is away. */
  untag(appId: number, tags: readonly string[]): Promise<void>;
  /** Removes an app's repositories with all that is in them. What is not there is removed. */
  remove(appId: number): Promise<void>;
  /** The apps that have repositories in this installation, by id. */
  owners(): Promise<readonly number[]>;
}
