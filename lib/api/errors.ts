import type { ErrorBody, ErrorDetail } from "../contract/answers/common.ts";
import { type ErrorCode, errors } from "../contract/errors.ts";

export type { ErrorCode } from "../contract/errors.ts";
export type Detail = ErrorDetail;

/** A refusal of a request. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly details: readonly Detail[];
  readonly headers: Readonly<Record<string, string>>;

  /** Without a sentence of its own it says the table's. */
  constructor(
    code: ErrorCode,
    options: { sentence?: string; details?: readonly Detail[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(options.sentence ?? errors[code].sentence);
    this.name = "ApiError";
    this.code = code;
    this.status = errors[code].status;
    this.details = options.details ?? [];
    this.headers = options.headers ?? {};
  }
}

/** The contract's shape of an error. */
export function errorBody(error: ApiError, requestId: string): ErrorBody {
  return { success: false, error: error.message, code: error.code, request_id: requestId, details: error.details };
}

export const noApp = (id: number): ApiError => new ApiError("app_not_found", { sentence: `There is no app ${id}.` });
export const noDeployment = (id: number): ApiError =>
  new ApiError("deployment_not_found", { sentence: `There is no deployment ${id}.` });
/** `names`: those that there are. */
export function unknownProcess(process: string, names: readonly string[]): ApiError {
  const message = `must be one of ${names.join(", ")}; there is no process ${process}`;
  return new ApiError("invalid_request", { sentence: `process ${message}.`, details: [{ field: "process", message }] });
}

export const noRun = (id: number): ApiError => new ApiError("run_not_found", { sentence: `There is no run ${id}.` });
