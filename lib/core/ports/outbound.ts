/** What became of a request. */
export type Posted =
  /** `retryAfter`: after so many seconds it wants to be asked again; `null`: it does not say. */
  | { readonly outcome: "answered"; readonly status: number; readonly retryAfter: number | null }
  /** Nothing was sent, since nothing may be sent there; the sentence says why. */
  | { readonly outcome: "refused"; readonly message: string }
  | { readonly outcome: "unreachable"; readonly message: string };

/**
 * Requests to addresses that people name. Only public ones are spoken to, whatever their names lead to at that moment;
 * redirects are not followed.
 */
export interface Outbound {
  /** Why nothing may be sent to an address, as what follows its name: `must be …`. `null`: it may, or its name is not known yet. */
  objection(url: string): Promise<string | null>;
  /** Posts, and answers within 10 s. */
  post(request: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  }): Promise<Posted>;
}
