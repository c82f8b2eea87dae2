import type { Logger } from "../../logger.ts";
import type { WebhookBody } from "../../notice/notice.ts";
import type { Requests } from "../../ports/access.ts";
import type { Apps } from "../../ports/apps.ts";
import type { GitHub } from "../../ports/github.ts";
import type {
  Deliveries,
  EndpointAddresses,
  EndpointHealths,
  GitHubReports,
  Mail,
  NoticeQueue,
  Outbound,
} from "../../ports/notices.ts";

/** Dependencies of sending one notice. */
export interface SendingDeps {
  readonly addresses: Pick<EndpointAddresses, "get">;
  readonly healths: EndpointHealths;
  readonly requests: Pick<Requests, "take">;
  readonly outbound: Pick<Outbound, "post">;
  readonly mail: Mail;
  /** The body for an endpoint of type `webhook`, as it is sent. */
  readonly encode: (body: WebhookBody) => string;
  /** HMAC SHA-256 of a text under a secret, in hex. */
  readonly sign: (secret: string, text: string) => string;
  /** Where people reach the control plane; `""`: not known. */
  readonly publicUrl: string;
  readonly now: () => string;
}

/** Dependencies of reporting to GitHub. */
export interface GitHubDeps {
  /** The origin of its pages: `https://github.com`. */
  readonly url: string;
  /** Whether there is an app at all. */
  readonly isConnected: () => Promise<boolean>;
  readonly api: Omit<GitHub, "readToken">;
  readonly reports: GitHubReports;
}

/** Dependencies of the notices of deployments. */
export interface NoticesDeps extends SendingDeps {
  readonly apps: Pick<Apps, "get">;
  readonly deliveries: Deliveries;
  readonly queue: NoticeQueue;
  readonly gitHub: GitHubDeps;
  readonly logger: Logger;
}
