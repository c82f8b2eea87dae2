import type { ProcessSeen } from "../deployment/event.ts";
import type { Confirm, ReleaseOrder } from "./releases.ts";

export type ProcessStart =
  /** `task_definitions`: by the name of the process. */
  | { readonly outcome: "started"; readonly task_definitions: Readonly<Record<string, string>> }
  /** One of them is being removed, or not shown yet: ask again later. */
  | { readonly outcome: "waiting" }
  | { readonly outcome: "refused"; readonly message: string };

/** A release that the processes are to run again. */
export interface LiveProcesses {
  readonly order: ReleaseOrder;
  /** With which its processes were started, by their names. */
  readonly task_definitions: Readonly<Record<string, string>>;
}

/** The processes that run beside `web`. Each is a service without a port. */
export interface Processes {
  /** Has these processes of a release run its version, or finds that they do. One that is there is updated. */
  start(order: ReleaseOrder, names: readonly string[], confirm?: Confirm): Promise<ProcessStart>;
  /** How these processes of a release are. */
  see(order: ReleaseOrder, names: readonly string[]): Promise<readonly ProcessSeen[]>;
  /**
   * Takes back what runs of a release: where `live` has such a process, it runs that version again; otherwise it is removed.
   * What runs another release is not touched. `restored`: no task of the release is left.
   */
  restore(order: ReleaseOrder, live: LiveProcesses | null, confirm?: Confirm): Promise<"restoring" | "restored">;
  /** Has these processes of an app removed, unless they are. */
  retire(appId: number, names: readonly string[], confirm?: Confirm): Promise<void>;
  /** The last lines that a process of a release printed, like `Releases.output`. */
  output(order: ReleaseOrder, name: string): Promise<readonly string[]>;
  /** Removes all of an app. `true`: none is left. */
  remove(appId: number): Promise<boolean>;
}
