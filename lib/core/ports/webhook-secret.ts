/** What GitHub signs its webhooks with. Intake reads it; here it is only replaced. */
export interface WebhookSecret {
  replace(secret: string): Promise<void>;
}
