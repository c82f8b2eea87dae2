import type { AuditEntry } from "../access/audit.ts";
import type { Credential, Token } from "../access/credential.ts";

/**
 * An `audit` entry is written in one transaction with the change that it tells of: both are there, or neither.
 *
 * API tokens, socket tickets, one-time codes, invitations, the sessions of browsers, and what was begun at GitHub. Nobody can read one of them back.
 */
export interface Tokens {
  /** `false`: nothing was written, since a token of the same GitHub account is there. */
  put(hash: string, credential: Credential, audit?: AuditEntry): Promise<boolean>;
  /** The hash of the token of a GitHub account. `null`: it has none. Strongly consistent. */
  ofGitHub(accountId: number): Promise<string | null>;
  /** `null`: unknown or expired. Strongly consistent. */
  get(hash: string, nowSeconds: number): Promise<Credential | null>;
  /** Takes a ticket or a one-time code out, or the beginning of a set-up or sign-in, once. `null`: unknown, of another kind, expired, or taken before. */
  take(
    hash: string,
    nowSeconds: number,
    kind?: "ticket" | "code" | "invite" | "setup" | "sign_in",
  ): Promise<Credential | null>;
  /** All API tokens, expired ones too, by id. Eventually consistent. */
  list(): Promise<readonly Token[]>;
  /** Takes a token away from its holder. `false`: there is none with this id. */
  revoke(id: number, audit?: AuditEntry): Promise<boolean>;
  /** Notes that a token was used. */
  used(hash: string, at: string): Promise<void>;
  /** Ends a session, if it is there. Any other credential under this hash stays. */
  endSession(hash: string): Promise<void>;
}

interface AuditQuery {
  /** Of this app; `null`: of all, and of what concerns none. */
  readonly app: number | null;
  /** Entries before the one with this id; `null`: from the newest. */
  readonly before: string | null;
  readonly limit: number;
}

/** The audit log: who did what. Nothing in it is ever changed. */
export interface Audit {
  /** Stores an entry; one whose id is there changes nothing. */
  record(entry: AuditEntry): Promise<void>;
  /** Newest first. Strongly consistent. */
  list(query: AuditQuery): Promise<readonly AuditEntry[]>;
}

/** Idempotency keys and rate limits: keys that make requests repeatable, and how often somebody asked. */
export interface Requests {
  /**
   * Reserves a key for 24 hours. The first caller's `id` and `fingerprint` stand; everybody gets them, and when that
   * was, in epoch seconds.
   */
  reserve(
    key: string,
    reservation: { id: number; fingerprint: string },
    nowSeconds: number,
  ): Promise<{ id: number; fingerprint: string; first: boolean; reserved_at: number }>;
  /** Takes one from a token bucket of `burst`, refilled at `perMinute`. Otherwise answers after how many seconds to ask again. */
  take(
    bucket: string,
    limit: { burst: number; perMinute: number },
    nowMs: number,
  ): Promise<{ allowed: true } | { allowed: false; retryAfter: number }>;
}
