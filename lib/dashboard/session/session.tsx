import type { Me, Role } from "@slipway/monitor/client";
import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { Navigate, useLocation } from "react-router";
import { meQuery } from "../api/queries.ts";
import { isSignedOut } from "../api/query-client.ts";
import { onSessionElsewhere } from "../api/stored-session.ts";
import { Failure, Loading } from "../ui/states.tsx";

/** What lies behind the sign-in. A stranger is sent there, and back again to where they wanted to go. */
export function Session({ children }: { children: ReactNode }) {
  const me = useQuery(meQuery);
  const { pathname, search, hash } = useLocation();
  const { refetch } = me;
  useEffect(() => onSessionElsewhere(() => void refetch()), [refetch]);
  if (isSignedOut(me.error)) {
    return <Navigate to={`/login?${new URLSearchParams({ to: `${pathname}${search}${hash}` })}`} replace />;
  }
  if (me.data !== undefined) return children;
  return (
    <main className="mx-auto max-w-6xl px-4 py-10">
      {me.error === null ? <Loading /> : <Failure error={me.error} onRetry={() => void me.refetch()} />}
    </main>
  );
}

/** Who is signed in. Only below a {@link Session}. */
export const useMe = (): Me => useSuspenseQuery(meQuery).data;

const rising: readonly Role[] = ["viewer", "deployer", "admin"];

/** Whether one's role is enough. The control plane decides; this only spares people buttons that would be refused. */
export const useMay = (role: Role): boolean => rising.indexOf(useMe().role) >= rising.indexOf(role);
