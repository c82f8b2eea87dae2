import type { Confirm } from "../../core/ports/releases.ts";
import type { ListenerRules } from "./listener-rules.ts";
import type { SeenGroups } from "./target-groups.ts";

/** The part of an app that faces its visitors. */
export interface Front extends ListenerRules {
  /** Its name in the domain; without one the load balancer's address with the app's port. */
  readonly url: string;
  readonly loadBalancerArn: string;
  /** Its target groups with the health checks that they had before this release. */
  readonly groups: SeenGroups;
  /**
   * Whether the version that serves is judged by another health check than this release. Then the release needs the other target
   * group: in the same one the new check would end the version that serves, and stay if the release fails.
   */
  readonly needsOtherGroup: boolean;
  /** Where the name of `url` will lead, whether DNS knows it yet or not; `null`: `url` says it. */
  readonly reached: { readonly host: string; readonly authority: string } | null;
}

/** What may be changed of an app's listeners, and by whom. */
export interface Hold {
  /** The rule that the app's service shifts traffic with; `null`: there is no service yet. Asked where listeners are found. */
  readonly rule: () => Promise<string | null>;
  readonly confirm: Confirm;
}
