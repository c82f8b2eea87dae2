import type { App } from "../core/app.ts";

/** The apps. Names are unique among those not yet removed. */
export interface Apps {
  /** `false`: the name is taken. */
  create(app: App): Promise<boolean>;
  get(id: number): Promise<App | null>;
  /** Writes the version after the one that was read. `conflict`: somebody else was quicker; `name_taken`. */
  replace(next: App, before: App): Promise<"replaced" | "conflict" | "name_taken">;
  /** By id. */
  list(): Promise<readonly App[]>;
  /** Notes what is live, whatever else changed meanwhile. */
  setLive(
    id: number,
    live: { deployment_id: number; load_balancer_url: string | null; pinned: boolean },
  ): Promise<void>;
  /** Forgets an app and frees its name. */
  remove(app: App): Promise<void>;
}
