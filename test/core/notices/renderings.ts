import type { EndpointType } from "../../../lib/core/endpoint.ts";
import type { Notice } from "../../../lib/core/notice/notice.ts";
import { renderDiscord } from "../../../lib/core/notices/channels/discord.ts";
import { renderEmail } from "../../../lib/core/notices/channels/email.ts";
import { renderSlack } from "../../../lib/core/notices/channels/slack.ts";
import { renderWebhook } from "../../../lib/core/notices/channels/webhook.ts";

/** What each channel makes of a notice. The tests hold all of them to the same: a new channel is one more entry. */
export const renderings: Readonly<Record<EndpointType, (notice: Notice) => object>> = {
  slack: renderSlack,
  discord: renderDiscord,
  webhook: renderWebhook,
  email: renderEmail,
};

/** The channels whose texts people read. A webhook's are data: its program is given what people wrote as they wrote it. */
export const readByPeople = Object.entries(renderings).filter(([type]) => type !== "webhook");
