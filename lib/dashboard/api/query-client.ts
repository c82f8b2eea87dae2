import { RequestError, UnreachableError } from "@slipway/monitor/client";
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { meQuery } from "./queries.ts";
import { reportReachable } from "./reachability.ts";

/** The feed keeps what is read up to date; reading it again so soon would only be noise. */
const freshMs = 5_000;
const retries = 2;

/** The cache of all that was read. It notices when nobody answers and when the session has ended. */
export function createQueryClient(): QueryClient {
  const queries: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onSuccess: () => reportReachable(true),
      onError: (error, query) => {
        reportReachable(!(error instanceof UnreachableError));
        if (query.queryKey !== meQuery.queryKey) askWhoItIs(error);
      },
    }),
    mutationCache: new MutationCache({ onError: (error) => askWhoItIs(error) }),
    defaultOptions: {
      // Whether the browser thinks it is online says nothing about a control plane on one's own machine.
      queries: { networkMode: "always", staleTime: freshMs, retry: isWorthRetrying },
      mutations: { networkMode: "always" },
    },
  });
  const askWhoItIs = (error: Error) => {
    if (isSignedOut(error)) void queries.invalidateQueries(meQuery);
  };
  return queries;
}

/** Whether the caller is a stranger to the control plane. */
export const isSignedOut = (error: Error | null): boolean => error instanceof RequestError && error.status === 401;

const isWorthRetrying = (failures: number, error: Error): boolean =>
  failures < retries && !(error instanceof RequestError && error.status < 500);
