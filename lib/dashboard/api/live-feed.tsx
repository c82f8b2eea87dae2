import { type EventsListener, watchEvents } from "@slipway/monitor/client";
import { focusManager, type QueryClient, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, use, useEffect, useState } from "react";
import { applyDeployment } from "./apply-deployment.ts";
import { client } from "./client.ts";
import { meQuery } from "./queries.ts";
import { useReachable } from "./reachability.ts";

export type LiveState = Parameters<EventsListener["onConnection"]>[0];

/** How often everything shown is read again while no socket reports changes. */
const pollMs = 3_000;

const Live = createContext<LiveState>("connecting");

/** How the dashboard hears of changes at the moment. */
export const useLiveState = (): LiveState => use(Live);

/** The one feed of the whole dashboard: it moves every list and page below it. */
export function LiveFeed({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const reachable = useReachable();
  const [state, setState] = useState<LiveState>("connecting");
  useEffect(() => {
    const feed = watchEvents(client, {
      onDeployment: (deployment) => applyDeployment(queries, deployment),
      onConnection: (next) => {
        setState(next);
        // What changed while nobody listened was missed.
        if (next === "connected") void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "me" });
        if (next === "refused") void queries.invalidateQueries(meQuery);
      },
    });
    return feed.stop;
  }, [queries]);
  const isLive = reachable && (state === "connected" || state === "connecting");
  useEffect(() => (isLive ? undefined : poll(queries)), [isLive, queries]);
  return <Live value={state}>{children}</Live>;
}

/** Reads again what is on screen, for as long as somebody looks. */
function poll(queries: QueryClient): () => void {
  const read = () => {
    if (focusManager.isFocused()) void queries.invalidateQueries({}, { cancelRefetch: false });
  };
  const timer = setInterval(read, pollMs);
  return () => clearInterval(timer);
}
