import type { Stage } from "../../deployment/stage.ts";
import { headline, type Notice, type NoticedDeployment } from "../notice.ts";

/** What somebody's own program is sent. How it is written on the wire is injected, as `encode`. */
export interface WebhookBody {
  readonly type: "deployment" | "test";
  readonly event: Stage;
  readonly delivery: string;
  readonly summary: string;
  readonly link: string | null;
  readonly data: NoticedDeployment;
}

export function renderWebhook(notice: Notice): WebhookBody {
  const { delivery, isTest, deployment, link } = notice;
  return {
    type: isTest ? "test" : "deployment",
    event: deployment.stage,
    delivery,
    summary: headline(notice),
    link,
    data: deployment,
  };
}
