/** What of an endpoint is secret. */
export interface EndpointAddress {
  /** Where its notices are sent. */
  readonly url: string;
  /** What signs them; `null`: they are not signed. */
  readonly secret: string | null;
}

/** The addresses of the apps' endpoints, and the secrets that sign. Write-only for people; read by whoever sends. */
export interface EndpointAddresses {
  /** Writes what is given; the rest stays. */
  put(appId: number, endpointId: string, given: Partial<Record<keyof EndpointAddress, string>>): Promise<void>;
  /** `null`: there is none. */
  get(appId: number, endpointId: string): Promise<EndpointAddress | null>;
  remove(appId: number, endpointIds: readonly string[]): Promise<void>;
}
