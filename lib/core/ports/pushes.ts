/** A push to one app. */
export interface PushToApp {
  readonly app_id: number;
  readonly branch: string;
  /** The commit that the branch was at; `""`: not known. */
  readonly before: string;
  readonly commit: string;
  /**
   * The app's last deployment by a push, where this one goes on from what that deployed (0: there was none): the same
   * step made again after another is a push of its own. `null`: it goes on from elsewhere, and the same step at any time
   * before is this push.
   */
  readonly since: number | null;
}

/** What a delivery of a webhook came to. */
export interface PushOutcome {
  readonly deployment_ids: readonly number[];
  /** Why there is none; `null`: there are some. */
  readonly ignored: string | null;
}

/** Which pushes are known, so that none is deployed twice. Kept for four days: a host sends one again for three at most. */
export interface Pushes {
  /** The number of the deployment that a delivery leads to at an app: the first who claims it decides, and everybody gets its number. */
  claimForDelivery(delivery: string, appId: number, deploymentId: number, nowSeconds: number): Promise<number>;
  /**
   * The number of the deployment of this push: the first who claims it decides, and everybody gets its number. With a
   * `delivery` that number is claimed for it first, since repeats of a delivery may each find the app's mark elsewhere.
   */
  claim(push: PushToApp, deploymentId: number, nowSeconds: number, delivery?: string | null): Promise<number>;
  /** What a delivery came to; `null`: it is not known yet. */
  outcomeOf(delivery: string, nowSeconds: number): Promise<PushOutcome | null>;
  /** Idempotency: records what a delivery came to. The first one stands, and everybody gets that one. */
  conclude(delivery: string, outcome: PushOutcome, nowSeconds: number): Promise<PushOutcome>;
}
