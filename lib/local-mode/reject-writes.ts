import type { IncomingMessage, ServerResponse } from "node:http";
import type { Storage } from "@slipway/local-aws/kernel/storage";
import { uuid } from "@slipway/local-aws/kernel/uuid";
import { ApiError, errorBody } from "../api/errors.ts";

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

const READS = ["GET", "HEAD", "OPTIONS"];
const RETRY_SECONDS = 5;

/** While the disk takes no writes, answers requests that change something with 503 and the reason. Other requests pass. */
export function rejectWritesWhenFull(storage: Storage, randomHex: (n: number) => string, handle: Handle): Handle {
  return (request, response) => {
    const refusal = storage.refusal();
    if (refusal === null || READS.includes(request.method ?? "GET")) return handle(request, response);
    const error = new ApiError("storage_unavailable", { sentence: refusal.message });
    response.writeHead(error.status, {
      "Content-Type": "application/json",
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
      "Retry-After": String(RETRY_SECONDS),
      // What is left of the body is not read.
      Connection: "close",
    });
    response.end(JSON.stringify(errorBody(error, uuid(randomHex))));
  };
}
