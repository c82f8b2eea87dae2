import { type Endpoint, stageFacts } from "@slipway/monitor/client";

type Type = Endpoint["type"];

/** What each type is called, and what its address is. */
export const endpointWords: Readonly<Record<Type, { name: string; address: string; hint: string }>> = {
  slack: { name: "Slack", address: "Webhook URL", hint: "Slack → your app → Incoming Webhooks." },
  discord: { name: "Discord", address: "Webhook URL", hint: "Discord → the channel → Integrations → Webhooks." },
  webhook: { name: "Webhook", address: "URL", hint: "Receives a POST request with JSON." },
  email: { name: "E-mail", address: "Address", hint: "Who receives the e-mails." },
};

export const endpointTypes = Object.keys(endpointWords) as readonly Type[];

export const eventLabel = (event: Endpoint["events"][number]): string =>
  event === "run_failed" ? "A cron failed" : stageFacts[event].label;

/** How people recognize endpoints: `Slack at hooks.slack.com`. */
export const titleOf = ({ type, host, to }: Pick<Endpoint, "type" | "host"> & { to?: string | null }): string =>
  `${endpointWords[type].name} ${type === "email" ? "to" : "at"} ${to ?? host}`;
