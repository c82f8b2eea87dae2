import { useMemo, useSyncExternalStore } from "react";
import { type Client, type DeploymentSnapshot, watchDeployment } from "../client/index.ts";
import { useClient } from "./provider.tsx";

/** What is known of a deployment, rendered anew as it changes. It is connected while the component is mounted. */
export function useDeployment(
  id: number,
  options: { client?: Client } = {},
): DeploymentSnapshot & { reconnect(): void } {
  const client = useClient(options.client);
  const { subscribe, getSnapshot, reconnect } = useMemo(() => watchDeployment(client, id), [client, id]);
  const snapshot = useSyncExternalStore(subscribe, getSnapshot, getSnapshot);
  return useMemo(() => ({ ...snapshot, reconnect }), [snapshot, reconnect]);
}
