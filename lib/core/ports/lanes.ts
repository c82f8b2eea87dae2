import type { Lane } from "../lane/lane.ts";

/** Each app's lane. */
export interface Lanes {
  get(appId: number): Promise<Lane>;
  /** Writes the version after the one that was read. `false`: somebody else was quicker. */
  replace(appId: number, next: Lane): Promise<boolean>;
  remove(appId: number): Promise<void>;
}
