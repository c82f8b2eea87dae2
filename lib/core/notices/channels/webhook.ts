import { headline, type Notice } from "../notice.ts";

/** The body for somebody's own program. */
export function renderWebhook(notice: Notice): Readonly<Record<string, unknown>> {
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
