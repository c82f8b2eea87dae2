import type { Architecture } from "../app.ts";
import type { BuildSlots } from "../build-slots.ts";
import type { BuildReport } from "../deployment/build-report.ts";
import type { BuildSeen } from "../deployment/event.ts";
import type { ImageConfig } from "../image-config.ts";
import type { ImageCredentials, TaggedImage } from "../images.ts";

/** One attempt of a deployment at its build; attempts count from 1. */
export interface BuildOrder {
  readonly deployment_id: number;
  readonly attempt: number;
}

/** What became of the request to start a build. `message`: a sentence for people. */
export type BuildStart =
  | { readonly outcome: "started"; readonly build_id: string }
  /** The account's limit of builds is reached: ask again later. */
  | { readonly outcome: "waiting" }
  | { readonly outcome: "refused"; readonly message: string };

/** Builds of images, on hosts that come and go. */
export interface Builds {
  /** Starts the build of this attempt on a host of this architecture, or finds the one that was started before. */
  start(order: BuildOrder, architecture: Architecture): Promise<BuildStart>;
  /** Asks the build to stop. `absent`: there is no build of this attempt, and a later start is refused its claim. */
  stop(order: BuildOrder, buildId: string | null): Promise<"stopping" | "absent">;
  /** What the source of builds and the build's own reports say. */
  see(order: BuildOrder, buildId: string | null): Promise<BuildSeen>;
  /** Which order a build carries out; `null` if it is not one of ours. */
  orderOf(buildId: string): Promise<BuildOrder | null>;
}

/** What a build reported of itself. One record for each attempt of a deployment. */
export interface BuildReports {
  /** Makes the record with a ticket; if there is one already, that one is answered. */
  open(deploymentId: number, attempt: number, ticket: string, now: string): Promise<BuildReport>;
  get(deploymentId: number, attempt: number): Promise<BuildReport | null>;
  /** Exchanges the ticket for a token, once; the same token again is fine. `false`: refused. */
  claim(deploymentId: number, attempt: number, ticket: string, tokenHash: string): Promise<boolean>;
  /** Adds to what is known. `finished` stands once it is written. */
  report(
    deploymentId: number,
    attempt: number,
    progress: Partial<Pick<BuildReport, "cloned" | "step" | "finished">>,
  ): Promise<void>;
}

/** Which builds of the installation run and wait: one row for all of them. */
export interface BuildSlotStore {
  /** Strongly consistent. */
  get(): Promise<BuildSlots>;
  /** Writes the version after the one that was read. `false`: somebody else was quicker. */
  replace(next: BuildSlots): Promise<boolean>;
}

/** The images that builds have pushed, in a repository for each app, beside one for the cache of its builds. */
export interface Images {
  /** Makes an app's repositories unless they are there. Throws `RepositoriesRefused`. */
  prepare(appId: number): Promise<void>;
  /** All of an app's images that have a tag. */
  list(appId: number): Promise<readonly TaggedImage[]>;
  /** What an app's image says of how its containers run; `null`: it is not there, or says nothing that can be read. */
  config(appId: number, digest: string): Promise<ImageConfig | null>;
  /** Gives an app's image a further tag, with which it stays. `false`: it is not there, or another one has the tag. */
  adopt(appId: number, digest: string, tag: string): Promise<boolean>;
  /** Takes tags of an app's images away. An image goes with its last one; a tag that is not there is away. */
  untag(appId: number, tags: readonly string[]): Promise<void>;
  /** Removes an app's repositories with all that is in them. What is not there is removed. */
  remove(appId: number): Promise<void>;
  /** The apps that have repositories in this installation, by id. */
  owners(): Promise<readonly number[]>;
}

/** Gives a build what it reads and writes the repositories of its app by. */
export interface ImageAccess {
  /** Good for an hour, for the app's two repositories and nothing else. */
  credentials(appId: number, order: BuildOrder): Promise<ImageCredentials>;
}

/** That an app's releases may have an image of another app's repository. */
export interface SharedImage {
  /** Whose repository has it. */
  readonly owner_app_id: number;
  readonly app_id: number;
  readonly image_digest: string;
  readonly shared_at: string;
}

/** Which images of an app's repository are other apps', too: before they are given up it is looked whether those need them. */
export interface SharedImages {
  /** The same again renews `shared_at`. */
  share(image: SharedImage): Promise<void>;
  /** Strongly consistent. */
  list(ownerAppId: number): Promise<readonly SharedImage[]>;
  /** Does nothing where it was shared again since. */
  forget(image: SharedImage): Promise<void>;
}
