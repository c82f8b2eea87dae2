import { request } from "@octokit/request";

/** Longer than GitHub takes for what is asked here; five such calls still end before a function does. */
const usualTimeoutMs = 5_000;

/** Requests to one GitHub, each with an end. A redirect (a renamed repository) is followed where it stays there. */
export const gitHubRequest = (apiUrl: string, timeoutMs = usualTimeoutMs) =>
  request.defaults({
    baseUrl: apiUrl.replace(/\/$/, ""),
    headers: { "user-agent": "Slipway", "x-github-api-version": "2022-11-28" },
    request: {
      fetch: (url: string, options: RequestInit) =>
        fetch(url, { ...options, signal: AbortSignal.timeout(timeoutMs) }).catch(inTime),
    },
  });

/** octokit passes an abort on as it is; to us it is one more way of not answering. */
function inTime(error: Error): never {
  throw error.name === "TimeoutError" || error.name === "AbortError" ? new TypeError("it took too long") : error;
}
