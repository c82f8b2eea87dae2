import type { App } from "../core/app.ts";

/** The apps. Names are unique among those not yet removed. */
export interface Apps {
  /** `false`: the name is taken. */
  create(app: App): Promise<boolean>;
  get(id: number): Promise<App | null>;
  /** Writes the settings, or that it is deleted, as the version after the one that was read. `conflict`: somebody else was quicker; `name_taken`. */
  replace(next: App, before: App): Promise<"replaced" | "conflict" | "name_taken">;
  /** By id. */
  list(): Promise<readonly App[]>;
  /** Notes what is live, and whether it is pinned to that, whatever else changed meanwhile. */
  setLive(
    id: number,
    live: { deployment_id: number; load_balancer_url: string | null; pinned: boolean; pinned_by: string | null },
  ): Promise<void>;
  /** Pushes are deployed again. `false`: it was not pinned, or is not there. */
  unpin(id: number): Promise<boolean>;
  /** Forgets an app and frees its name. */
  remove(app: App): Promise<void>;
}
