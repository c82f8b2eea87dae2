import type { BuildSeen } from "../deployment/event.ts";

export interface BuildOrder {
  readonly deployment_id: number;
  readonly attempt: number;
}

export interface BuildStartOptions {
  /** Whether it uses what earlier builds left. */
  readonly cache: boolean;
}

export type BuildStart =
  | { readonly outcome: "started"; readonly build_id: string }
  /** The account's limit of builds is reached: ask again later. */
  | { readonly outcome: "waiting" }
  | { readonly outcome: "refused"; readonly message: string };

/** Builds of images, on hosts that come and go. */
export interface Builds {
  /** Starts the build of this attempt, or finds the one that was started before. */
  start(order: BuildOrder, options: BuildStartOptions): Promise<BuildStart>;
  /** Asks the build to stop. `absent`: there is no build of this attempt, and a later start is refused its claim. */
  stop(order: BuildOrder, buildId: string | null): Promise<"stopping" | "absent">;
  /** What the source of builds and the build's own reports say. */
  see(order: BuildOrder, buildId: string | null): Promise<BuildSeen>;
  /** Which order a build carries out; `null` if it is not one of ours. */
  orderOf(buildId: string): Promise<BuildOrder | null>;
}
