export interface Detail {
  readonly field: string;
  readonly message: string;
}

/** An answer other than success: what the server says about it, in a sentence for people. */
export class RequestError extends Error {
  readonly status: number;
  /** As in the contract: `app_not_found`; `unknown` when somebody else answered. */
  readonly code: string;
  /** Which fields are wrong, and why. */
  readonly details: readonly Detail[];
  /** When it is worth asking again, where the server says so. */
  readonly retryAfterSeconds: number | null;

  constructor(
    status: number,
    code: string,
    message: string,
    details: readonly Detail[] = [],
    retryAfterSeconds: number | null = null,
  ) {
    super(message);
    this.name = "RequestError";
    this.status = status;
    this.code = code;
    this.details = details;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Nobody answered, or somebody who is not Slipway. `cause` is what `fetch` threw. */
export class UnreachableError extends Error {
  readonly baseUrl: string;

  constructor(baseUrl: string, cause: unknown) {
    super(`Slipway does not answer at ${baseUrl}. Check the connection.${originHint(baseUrl)}`, { cause });
    this.name = "UnreachableError";
    this.baseUrl = baseUrl;
  }
}

/** A browser hides why a request from another origin failed, which is mostly that nobody allowed the origin. */
function originHint(baseUrl: string): string {
  const own = typeof location === "undefined" ? null : location.origin;
  if (own === null || !URL.canParse(baseUrl) || new URL(baseUrl).origin === own) return "";
  return ` If it is up, allow requests from ${own}: ${allowingOrigins}.`;
}

/** Where the origins of other pages are allowed. */
export const allowingOrigins = "add it to the stack parameter AllowedOrigins, or in local mode to --allow-origin";

/** Whether asking again cannot help: the caller is unknown, may not, or asks for what is not there. */
export const isRefusal = (error: unknown): error is RequestError =>
  error instanceof RequestError && [400, 401, 403, 404, 410].includes(error.status);
