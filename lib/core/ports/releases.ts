import type { App, Settings } from "../app.ts";
import type { ConfigurationNumbers } from "../configuration/numbers.ts";
import type { ReleaseSeen } from "../deployment/event.ts";
import type { ReleaseRecord } from "../deployment/release-record.ts";
import type { Placements } from "../placement/placement.ts";

/** What is to be released. */
export interface ReleaseOrder {
  readonly deployment_id: number;
  readonly app_id: number;
  readonly commit_hash: string;
  readonly image_digest: string;
  /** Whose repository has the image; absent or `null`: its own app's. */
  readonly image_app_id?: number | null;
  readonly settings: Settings;
  /** The name by which the app is reached until this release is live; absent or `null`: it never was. */
  readonly live_name?: string | null;
}

export type ReleaseStart =
  | {
      readonly outcome: "started";
      readonly task_definition: string;
      readonly url: string;
      readonly load_balancer_url: string;
      /** What its owner should know of how it goes, in sentences; `null`: it goes as always. */
      readonly note: string | null;
    }
  /** Something it needs is being made: ask again later. */
  | { readonly outcome: "waiting" }
  | { readonly outcome: "refused"; readonly message: string };

type ReleaseDefinition =
  | { readonly outcome: "defined"; readonly task_definition: string }
  | { readonly outcome: "refused"; readonly message: string };

/** What a smoke check came to. `seen`: what the new version did instead of what was expected. */
type ReleaseCheck =
  | { readonly outcome: "passed" }
  | { readonly outcome: "failed"; readonly seen: string }
  /** It is not its time: ask again later. */
  | { readonly outcome: "waiting" };

/** The name of an app from a release on, those that it had and still has, and the one that it had last. */
export interface ReleaseNames {
  readonly name: string;
  readonly former: readonly string[];
  readonly before: string | null;
}

/** Throws where the caller's lease is over. Asked right before each call that cannot be taken back. */
export type Confirm = () => Promise<void>;

/** Whether somebody may still start what a deployment registered. */
export type IsUnderWay = (deploymentId: number) => Promise<boolean>;

/** Runs releases: at most one app's release in progress at a time. */
export interface Releases {
  /** Begins to make what this app shares with others and what takes minutes to be there, unless it is there. */
  prepare(appId: number, settings: Pick<Settings, "internal">): Promise<void>;
  /** Starts releasing, or finds that it was started before. */
  start(order: ReleaseOrder, confirm?: Confirm): Promise<ReleaseStart>;
  /** Describes to ECS what is to be released, without releasing it. */
  define(order: ReleaseOrder): Promise<ReleaseDefinition>;
  /**
   * Has the app's address carry this name, where addresses have names, and names that it had lead there. `before`: the name by
   * which the app was reached until now; `null`: it was never released. `false`: former names cannot lead there.
   */
  name(appId: number, names: ReleaseNames): Promise<boolean>;
  /** Has these names that the app had, and no others, lead to its name. `false`: they cannot. */
  redirect(appId: number, name: string, former: readonly string[]): Promise<boolean>;
  /** How it goes. `taskDefinition` names the release; `null` if its start was never confirmed. */
  see(order: ReleaseOrder, taskDefinition: string | null): Promise<ReleaseSeen>;
  /** The last lines that the app of a release printed, oldest first, without line ends and the app's secrets. Throws `OutputUnreadable`. */
  output(order: ReleaseOrder): Promise<readonly string[]>;
  /**
   * Asks the new version, before it gets traffic, what the strategy's smoke check says, and lets the release go on where the
   * answer is the expected one and `isLast`: nothing else is waited for. Where it is not, the release waits to be stopped.
   */
  check(order: ReleaseOrder, taskDefinition: string | null, isLast: boolean, confirm?: Confirm): Promise<ReleaseCheck>;
  /** Lets a release that waits before it gets traffic go on, or finds that it does. `waiting`: it does not wait yet. */
  resume(order: ReleaseOrder, taskDefinition: string | null, confirm?: Confirm): Promise<"resumed" | "waiting">;
  /**
   * Puts the earlier release back, or removes everything where there was none. Does nothing to a release of somebody else.
   * `absent`: nothing of this release runs. `unseen`: ECS shows none of it; where it was begun a moment ago, ask again.
   */
  stop(
    order: ReleaseOrder,
    taskDefinition: string | null,
    confirm?: Confirm,
  ): Promise<"stopping" | "absent" | "unseen">;
  /**
   * The same for a deployment that is over, whose release must not run: also what got through to the end goes, and `live`,
   * the task definition of the release that should serve, is released again (`null`: none should).
   * `taskDefinition`: only this start of it; `null`: whatever of it runs.
   */
  undo(
    order: ReleaseOrder,
    taskDefinition: string | null,
    live: string | null,
    confirm?: Confirm,
  ): Promise<"stopping" | "absent">;
  /**
   * Has nothing of a release that is live go on but what is live: a second start of it that is under way is taken back.
   * `taskDefinition`: the start that is live.
   */
  stopAllButLive(order: ReleaseOrder, taskDefinition: string | null, confirm?: Confirm): Promise<"stopping" | "absent">;
  /** The task definitions of an app that are not given up yet, or not to the end. */
  definitions(appId: number): Promise<readonly string[]>;
  /**
   * Gives up these task definitions of an app, but for what its service runs or may go back to, and for those that
   * deployments under way registered. Answers those given up.
   */
  forget(appId: number, definitions: readonly string[], isUnderWay: IsUnderWay): Promise<readonly string[]>;
  /** Removes all that was made for an app's releases. `true` when nothing is left. */
  remove(app: Pick<App, "id">): Promise<boolean>;
  /** Whose service this is; `null` if not one of ours. */
  appOf(serviceArn: string): number | null;
}

/** The numbers of each app's configurations. */
export interface Configurations {
  /** Strongly consistent. An app that has none gets an empty row. */
  get(appId: number): Promise<ConfigurationNumbers>;
  /** Writes the version after the one that was read. `false`: somebody else was quicker. */
  replace(appId: number, next: ConfigurationNumbers): Promise<boolean>;
  remove(appId: number): Promise<void>;
}

/** On which load balancer each app is. */
export interface PlacementStore {
  /** Strongly consistent. Nobody has a place before the first is written. */
  get(): Promise<Placements>;
  /** Writes the version after the one that was read. `false`: somebody else was quicker. */
  replace(next: Placements): Promise<boolean>;
}

/** The releases that are kept, so that any of them can be released again. */
export interface ReleaseRecords {
  /** Stores a record; the deployment's first one stays, since whoever was held up may come later with it. Those beyond the newest `keep` are forgotten. */
  record(release: ReleaseRecord, keep: number): Promise<void>;
  /** Newest first. */
  list(appId: number): Promise<readonly ReleaseRecord[]>;
  removeAll(appId: number): Promise<void>;
}
