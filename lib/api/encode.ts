import type { FeedFrame, ReplyFrame, ViewerFrame } from "../contract/frames.ts";
import type { ShownNotice } from "../contract/notices.ts";
import type { Deployment } from "../core/deployment/deployment.ts";
import type { WebhookBody } from "../core/notice/notice.ts";
import type { Frame } from "../core/pump/frame.ts";
import { presentDeployment } from "./present.ts";

/** What core sends by itself, as the contract has it: the compiler checks one against the other here. */

/** A message to a viewer of a deployment. */
export const encodeFrame = (frame: Frame): string => JSON.stringify(frame satisfies ViewerFrame);

/** A message to a reader of the feed. */
export function encodeUpdate(row: Deployment, timestamp: string): string {
  const frame: FeedFrame = { type: "deployment", timestamp, data: presentDeployment(row) };
  return JSON.stringify(frame);
}

/** The reply to a client's message: a ping was understood, nothing else is. */
export function encodeReply(reply: "pong" | "refused", timestamp: string): string {
  const data = { message: 'Only {"type":"ping"} is understood here.', scope: "connection" } as const;
  const frame: ReplyFrame =
    reply === "pong" ? { type: "pong", timestamp, data: {} } : { type: "error", timestamp, data };
  return JSON.stringify(frame);
}

/** A notification to somebody's own program. */
export const encodeNotice = (body: WebhookBody): string => JSON.stringify(body satisfies ShownNotice);
