/** How often something may be asked for: a token bucket of `burst`, refilled at `perMinute`. */
interface Limit {
  readonly what: string;
  /** Who shares one bucket. */
  readonly per: "caller" | "app" | "address" | "installation";
  readonly burst: number;
  readonly perMinute: number;
  /** What whoever is over it did too often. */
  readonly tooMany: string;
}

/** Every limit on how often. Generous for people and their scripts, tight for a flood; docs/limits.md shows this table. */
export const limits = {
  deployments: {
    what: "Deployments requested: created, retried, rolled back",
    per: "caller",
    burst: 30,
    perMinute: 30,
    tooMany: "Too many deployments were requested.",
  },
  app_deployments: {
    what: "The same, whoever asks",
    per: "app",
    burst: 60,
    perMinute: 30,
    tooMany: "Too many deployments of this app were requested.",
  },
  runs: { what: "One-off commands", per: "app", burst: 30, perMinute: 30, tooMany: "Too many one-off commands." },
  // Each costs several calls of ECS and ELB, whose quotas releases need as well. `slipway doctor` reads those of all apps.
  statuses: {
    what: "Tasks of an app read",
    per: "caller",
    burst: 240,
    perMinute: 120,
    tooMany: "The tasks of apps were read too often.",
  },
  login: { what: "Logins", per: "address", burst: 10, perMinute: 10, tooMany: "Too many logins from this address." },
  logins: { what: "Logins in all", per: "installation", burst: 300, perMinute: 300, tooMany: "Too many logins." },
  refused_codes: {
    what: "One-time codes that are not valid",
    per: "address",
    burst: 10,
    perMinute: 10,
    tooMany: "Too many invalid sign-in links.",
  },
  refused_webhooks: {
    what: "Webhook deliveries without the right signature",
    per: "address",
    burst: 30,
    perMinute: 30,
    tooMany: "Too many deliveries with an invalid signature from this IP address.",
  },
  tickets: {
    what: "Socket tickets",
    per: "caller",
    burst: 120,
    perMinute: 120,
    tooMany: "Too many tickets were requested.",
  },
  sockets: {
    what: "Sockets opened",
    per: "caller",
    burst: 120,
    perMinute: 120,
    tooMany: "Too many sockets opened.",
  },
} as const satisfies Readonly<Record<string, Limit>>;

export type LimitName = keyof typeof limits;

/** The largest bodies, in bytes. */
export const largestBody = {
  /** Whatever people and their programs send. */
  request: 64 * 1024,
  /** What a build reports at once. */
  report: 1024 * 1024,
} as const;

/**
 * The settings of an app as JSON, in bytes of UTF-8. Each deployment's row has them, and an item of DynamoDB has 400 KB at
 * most; so has the task definition, at 64 KB.
 */
export const largestSettings = 60 * 1024;

/** The largest logs, in bytes of UTF-8. */
export const largestLog = {
  /** A longer line is split, after it was redacted. */
  line: 16 * 1024,
  lines: 1_000_000,
  /** Beyond it a build goes on, and what it prints is dropped. */
  bytes: 64 * 1024 * 1024,
  /** A build that goes on sending all the same is not listened to any more. */
  refusedBytes: 80 * 1024 * 1024,
} as const;

/**
 * How a build's reporter cuts a line that is too long to be sent in one, in UTF-16 units: the control plane, which alone knows the
 * app's secrets, redacts what was cut with what stands around it, and splits it to {@link largestLog.line} then. `around` has room
 * for the longest secret (4,096) in the longest form it is looked for in (nine characters for one, URL-encoded).
 */
export const longestReported = { longest: 64 * 1024, around: 9 * 4096 } as const;
