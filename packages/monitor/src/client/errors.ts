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
    super(`Slipway does not answer at ${baseUrl}. Check the connection; it is tried again.`, { cause });
    this.name = "UnreachableError";
    this.baseUrl = baseUrl;
  }
}

/** Whether asking again cannot help: the caller is unknown, may not, or asks for what is not there. */
export const isRefusal = (error: unknown): error is RequestError =>
  error instanceof RequestError && [400, 401, 403, 404, 410].includes(error.status);
