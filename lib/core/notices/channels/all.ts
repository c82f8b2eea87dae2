import type { EndpointChannels } from "../sending/channel.ts";
import { discord } from "./discord.ts";
import { email } from "./email.ts";
import { slack } from "./slack.ts";
import { webhook } from "./webhook.ts";

/** The channels to endpoints. GitHub is the other channel: nobody configures it for an app. */
export const endpointChannels: EndpointChannels = { slack, discord, webhook, email };
