/** Small integers that grow by one, each given out once. */
export interface Counters {
  next(name: "deployments" | "apps" | "tokens"): Promise<number>;
}
