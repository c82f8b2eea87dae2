import {
  AddListenerCertificatesCommand,
  ListenerNotFoundException,
  RemoveListenerCertificatesCommand,
  TooManyCertificatesException,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { DomainFront } from "../../core/ports/domains.ts";
import { balancers } from "./balancers.ts";
import { hostFront } from "./host-front.ts";
import type { BalancingClients } from "./load-balancing.ts";
import { publicNames } from "./names.ts";
import type { ReleasesOptions } from "./options.ts";
import { placing } from "./placing.ts";

/** Apps' own domains on the listeners that apps share. */
export function awsDomainFront({ elb, placements }: BalancingClients, options: ReleasesOptions): DomainFront {
  const names = publicNames(options);
  const all = balancers(elb, options);
  const places = placing(elb, placements, options);
  const byName = hostFront(elb, all, options, 443);

  /** The load balancer that an app has, or is to have; `null`: it is not ready. */
  const ready = async (appId: number) => {
    const place = names === null ? null : await places.of(appId, false);
    const balancer = place && (await all.ensure(place.balancer));
    const isActive = balancer?.State?.Code === "active" && balancer.LoadBalancerArn !== undefined;
    return place !== null && isActive ? { place, arn: balancer.LoadBalancerArn ?? "" } : null;
  };

  return {
    present: async (appId, CertificateArn) => {
      const found = await ready(appId);
      if (found === null || names === null) return "waiting";
      const { ListenerArn } = await all.ensureShared(found.arn, names);
      try {
        await elb.send(new AddListenerCertificatesCommand({ ListenerArn, Certificates: [{ CertificateArn }] }));
        return "presented";
      } catch (error) {
        if (error instanceof TooManyCertificatesException) return "full";
        throw error;
      }
    },

    withdraw: async (appId, CertificateArn) => {
      const place = await places.find(appId);
      const arn = place === null ? undefined : (await all.find(place.balancer))?.LoadBalancerArn;
      const listeners = arn === undefined ? [] : await all.listenersOf(arn);
      const ListenerArn = listeners.find(({ Port }) => Port === 443)?.ListenerArn;
      if (ListenerArn === undefined) return;
      try {
        await elb.send(new RemoveListenerCertificatesCommand({ ListenerArn, Certificates: [{ CertificateArn }] }));
      } catch (error) {
        if (!(error instanceof ListenerNotFoundException)) throw error;
      }
    },

    serve: async (appId, domains) => {
      const place = await places.find(appId);
      const arn = place === null ? undefined : (await all.find(place.balancer))?.LoadBalancerArn;
      return place === null || arn === undefined || names === null ? false : byName.serve(arn, place, domains, names);
    },

    target: async (appId) => {
      const place = await places.find(appId);
      return place === null ? null : ((await all.find(place.balancer))?.DNSName ?? null);
    },
  };
}
