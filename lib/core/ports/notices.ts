import type { Attempted, EndpointAddress, EndpointHealth, NotificationEndpoint } from "../endpoint.ts";
import type { Delivery, DeliveryKey } from "../notice/delivery.ts";
import type { GitHubReport, GitHubReportKey } from "../notice/github-report.ts";
import type { NoticeMessage } from "../notice/message.ts";
import type { Queue } from "./infrastructure.ts";

/** What became of a request. */
export type Posted =
  /** `retryAfter`: after so many seconds it wants to be asked again; `null`: it does not say. */
  | { readonly outcome: "answered"; readonly status: number; readonly retryAfter: number | null }
  /** Nothing was sent, since nothing may be sent there; the sentence says why. */
  | { readonly outcome: "refused"; readonly message: string }
  | { readonly outcome: "unreachable"; readonly message: string };

/**
 * Requests to addresses that people name. Only public ones are spoken to, whatever their names lead to at that moment;
 * redirects are not followed.
 */
export interface Outbound {
  /** Why nothing may be sent to an address, as what follows its name: `must be …`. `null`: it may, or its name is not known yet. */
  objection(url: string): Promise<string | null>;
  /** Posts, and answers within 10 s. */
  post(request: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  }): Promise<Posted>;
}

/** What became of an e-mail. `message`: a sentence for people. */
export type Mailed =
  | { readonly outcome: "sent" }
  /** `isLasting`: the same again would fail the same way. */
  | { readonly outcome: "failed"; readonly message: string; readonly isLasting: boolean };

/** Sends e-mails from the installation's own address. */
export interface Mail {
  send(mail: { readonly to: string; readonly subject: string; readonly text: string }): Promise<Mailed>;
}

/** How far each delivery of a notice is. Forgotten after 14 days, which is longer than a message lives. */
export interface Deliveries {
  /** Strongly consistent. `null`: nobody has tried yet. */
  get(key: DeliveryKey): Promise<Delivery | null>;
  /** Writes the version after the one that was read. `false`: somebody else was quicker. */
  replace(next: Delivery, now: string): Promise<boolean>;
}

/** How much has been reported to GitHub of each deployment. Forgotten after 90 days. */
export interface GitHubReports {
  /** Strongly consistent. `null`: nothing was reported to it. */
  get(key: GitHubReportKey): Promise<GitHubReport | null>;
  /** Writes the version after the one that was read. `false`: somebody else was quicker. */
  replace(next: GitHubReport, now: string): Promise<boolean>;
  /** Whether a commit's status is this deployment's to set: no later deployment of the app has set it. From now on no earlier one may. */
  takeCommit(appId: number, commit: string, deploymentId: number, now: string): Promise<boolean>;
}

/** The addresses of the apps' endpoints, and the secrets that sign. Write-only for people; read by whoever sends. */
export interface EndpointAddresses {
  /** Writes what is given; the rest stays. */
  put(appId: number, endpointId: string, given: Partial<Record<keyof EndpointAddress, string>>): Promise<void>;
  /** `null`: there is none. */
  get(appId: number, endpointId: string): Promise<EndpointAddress | null>;
  remove(appId: number, endpointIds: readonly string[]): Promise<void>;
}

/** Which endpoints work. Forgotten 90 days after the last attempt. */
export interface EndpointHealths {
  /** Of all endpoints of an app that were sent to. Strongly consistent. */
  list(appId: number): Promise<readonly EndpointHealth[]>;
  /** Since when it fails stands until something arrives. */
  record(
    appId: number,
    endpoint: Pick<NotificationEndpoint, "id" | "addressed_at">,
    attempted: Attempted,
    now: string,
  ): Promise<void>;
}

/** The queue on which notices wait to be sent. */
export type NoticeQueue = Queue<NoticeMessage>;
