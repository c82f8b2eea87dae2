/** What Git hosts sign their webhooks with. */
export interface WebhookSecrets {
  /** Those that count: the current one, and the one before it. None: nobody has set one. They may have been read some time ago. */
  known(): Promise<readonly string[]>;
  /** The same, read again, as far as that was not done a moment ago. */
  afresh(): Promise<readonly string[]>;
}
