import { type EndpointAddress, type EndpointHealth, healthOf } from "../../lib/core/endpoint.ts";
import type { Delivery, DeliveryKey } from "../../lib/core/notice/delivery.ts";
import type { Deliveries, EndpointAddresses, EndpointHealths } from "../../lib/core/ports/notices.ts";

export function memoryDeliveries(): Deliveries {
  const rows = new Map<string, Delivery>();
  const nameOf = ({ app_id, endpoint_id, deployment_id, stage, run_id }: DeliveryKey) =>
    JSON.stringify([app_id, endpoint_id, deployment_id, stage, run_id]);
  return {
    get: async (key) => rows.get(nameOf(key)) ?? null,
    replace: async (next) => {
      const before = rows.get(nameOf(next))?.version ?? 0;
      if (before !== next.version - 1) return false;
      rows.set(nameOf(next), next);
      return true;
    },
  };
}

export function memoryEndpointAddresses(): EndpointAddresses {
  const kept = new Map<string, Partial<EndpointAddress>>();
  const nameOf = (appId: number, id: string) => `${appId}/${id}`;
  return {
    put: async (appId, id, given) => void kept.set(nameOf(appId, id), { ...kept.get(nameOf(appId, id)), ...given }),
    get: async (appId, id) => {
      const { url, secret = null } = kept.get(nameOf(appId, id)) ?? {};
      return url === undefined ? null : { url, secret };
    },
    remove: async (appId, ids) => {
      for (const id of ids) kept.delete(nameOf(appId, id));
    },
  };
}

export function memoryEndpointHealths(): EndpointHealths {
  const apps = new Map<number, EndpointHealth[]>();
  return {
    list: async (appId) => apps.get(appId) ?? [],
    record: async (appId, endpoint, attempted, now) => {
      const all = apps.get(appId) ?? [];
      const before = healthOf(endpoint, all);
      apps.set(appId, [...all.filter((one) => one !== before), { ...before, ...changeOf(before) }]);
      function changeOf({ failing_since }: EndpointHealth): Partial<EndpointHealth> {
        switch (attempted.outcome) {
          case "sent":
            return { failing_since: null, last_error: null, last_sent_at: now };
          case "postponed":
            return { quiet_until: attempted.until };
          case "failed":
            return { failing_since: failing_since ?? now, last_error: attempted.error };
        }
      }
    },
  };
}
