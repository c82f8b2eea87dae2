export type Mailed =
  | { readonly outcome: "sent" }
  /** `isLasting`: the same again would fail the same way. */
  | { readonly outcome: "failed"; readonly message: string; readonly isLasting: boolean };

/** Sends e-mails from the installation's own address. */
export interface Mail {
  send(mail: { readonly to: string; readonly subject: string; readonly text: string }): Promise<Mailed>;
}
