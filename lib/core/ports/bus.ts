/** The event bus for all that may wait: notices, metrics, audit. */
export interface Bus {
  /** At least once. Throws if the bus refuses. */
  put(detailType: string, detail: Readonly<Record<string, unknown>>): Promise<void>;
}
