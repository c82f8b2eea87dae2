import { headline, type Notice, type WebhookBody } from "../../notice/notice.ts";
import { posting } from "../sending/channel.ts";

export function renderWebhook(notice: Notice): WebhookBody {
  const { delivery, link } = notice;
  if ("run" in notice)
    return { type: "run", event: "run_failed", delivery, summary: headline(notice), link, data: notice.run };
  const { isTest, deployment } = notice;
  return {
    type: isTest ? "test" : "deployment",
    event: deployment.stage,
    delivery,
    summary: headline(notice),
    link,
    data: deployment,
  };
}

/** Somebody's own program sets no pace. */
export const webhook = posting(["url", "secret"], null, (notice, { encode }) => encode(renderWebhook(notice)));
