import * as z from "zod";

/**
 * What an Application Load Balancer takes, as published; that of target groups is fixed:
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
 */
export const balancerLimits = { targetGroups: 100, rules: 100, certificates: 25 } as const;
/** TLS 1.2 and 1.3 with forward secrecy: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html */
export const tlsPolicy = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06";
/** What the listener of all apps answers for a name that no app has. */
export const noSuchApp = { status: 404, body: "There is no app at this address.\n" } as const;
/** How many values the conditions of one rule have together at most. */
export const mostConditionValues = 5;

/** Kept free of new apps, so that those that are there may get rules for names they had before. */
const reserved: Demand = { targetGroups: 20, rules: 20, certificates: 0 };

/** What an app takes of its load balancer. */
const demandSchema = z.object({
  targetGroups: z.number().int().min(0),
  rules: z.number().int().min(0),
  /** Beside the one that all apps share. */
  certificates: z.number().int().min(0),
});
export type Demand = z.infer<typeof demandSchema>;

/** Two target groups, and a rule for all traffic and one for the version that is tested. */
export const appDemand: Demand = { targetGroups: 2, rules: 2, certificates: 0 };

const placeSchema = demandSchema.extend({
  /** The end of the load balancer's name: `apps`, `apps-2`, `internal`, `internal-2`, or `web` for that of the template. */
  balancer: z.string(),
  /** Which of the numbers from 0 on is the app's own on its load balancer: its rules' priorities follow from it. */
  slot: z.number().int().min(0),
});
export type Place = z.infer<typeof placeSchema>;

/** Which app is on which load balancer. One row for all apps, so that two that are placed at the same moment see each other. */
export const placementsSchema = z.object({
  apps: z.record(z.string(), placeSchema),
  /** The names of load balancers in DNS, as far as somebody noted them. */
  names: z.record(z.string(), z.string()).default({}),
  version: z.number().int(),
});
export type Placements = z.infer<typeof placementsSchema>;

export const noPlacements: Placements = { apps: {}, names: {}, version: 0 };

/** Which load balancer is filled first: the template's where there is a domain, else one that is made at run time. */
type FirstBalancer = "apps" | "web" | "internal";
export const firstBalancer = (hasDomain: boolean): FirstBalancer => (hasDomain ? "web" : "apps");
/** Where apps come to that only apps reach. */
export const firstInternal: FirstBalancer = "internal";
/** Whether only apps reach that load balancer. */
export const isInternal = ({ balancer }: Pick<Place, "balancer">): boolean =>
  balancer === firstInternal || balancer.startsWith(`${firstInternal}-`);

/** `full`: its load balancer takes no more of what this app wants; other apps are not affected. */
type Placed = { readonly place: Place; readonly next: Placements | null } | "full";

/**
 * The place of an app, and the row that says so, if it is another. An app stays where it is; a new one comes to the first load
 * balancer with room, and to one that is yet to be made before a limit is reached.
 */
export function placeApp(placements: Placements, appId: number, demand: Demand, first: FirstBalancer): Placed {
  const now = placements.apps[appId];
  const others = without(placements, appId);
  if (now !== undefined && isThere(now.balancer, first)) {
    if (isSame(now, demand)) return { place: now, next: null };
    if (!fits(others, now.balancer, demand, none)) return "full";
    return placed(placements, appId, { ...demand, balancer: now.balancer, slot: now.slot });
  }
  const balancer = firstWithRoom(others, demand, first);
  return placed(placements, appId, { ...demand, balancer, slot: freeSlot(others, balancer) });
}

/** Records where an app was found to be. */
export function recordPlace(placements: Placements, appId: number, balancer: string): Placements {
  if (placements.apps[appId] !== undefined) return placements;
  const slot = freeSlot(placements, balancer);
  return { ...placements, apps: { ...placements.apps, [appId]: { ...appDemand, balancer, slot } } };
}

/** The row without an app; `null`: it has no place. */
export function leavePlace(placements: Placements, appId: number): Placements | null {
  if (placements.apps[appId] === undefined) return null;
  return { ...without(placements, appId), version: placements.version + 1 };
}

/** The row that says under which name a load balancer is reached; `null`: it does. */
export function noteName(placements: Placements, balancer: string, name: string): Placements | null {
  if (placements.names[balancer] === name) return null;
  return { ...placements, names: { ...placements.names, [balancer]: name }, version: placements.version + 1 };
}

/** What all apps on a load balancer take of it. */
export function usedOf(placements: Placements, balancer: string): Demand {
  return placesOn(placements, balancer).reduce(sum, none);
}

const none: Demand = { targetGroups: 0, rules: 0, certificates: 0 };

const sum = (one: Demand, other: Demand): Demand => ({
  targetGroups: one.targetGroups + other.targetGroups,
  rules: one.rules + other.rules,
  certificates: one.certificates + other.certificates,
});

const isSame = (one: Demand, other: Demand): boolean =>
  one.targetGroups === other.targetGroups && one.rules === other.rules && one.certificates === other.certificates;

/** The template's load balancer is gone where there is no domain any more. */
const isThere = (balancer: string, first: FirstBalancer): boolean => balancer !== "web" || first === "web";

const placed = (placements: Placements, appId: number, place: Place): Placed => ({
  place,
  next: { ...placements, apps: { ...placements.apps, [appId]: place }, version: placements.version + 1 },
});

function without(placements: Placements, appId: number): Placements {
  const { [appId]: _, ...apps } = placements.apps;
  return { ...placements, apps };
}

const placesOn = ({ apps }: Placements, balancer: string): readonly Place[] =>
  Object.values(apps).filter((place) => place.balancer === balancer);

function fits(placements: Placements, balancer: string, demand: Demand, spare: Demand): boolean {
  const all = sum(sum(usedOf(placements, balancer), demand), spare);
  return (
    all.targetGroups <= balancerLimits.targetGroups &&
    all.rules <= balancerLimits.rules &&
    all.certificates <= balancerLimits.certificates
  );
}

function firstWithRoom(placements: Placements, demand: Demand, first: FirstBalancer): string {
  const further = first === firstInternal ? first : "apps";
  for (let number = 1; ; number++) {
    const balancer = number === 1 ? first : `${further}-${number}`;
    // A load balancer without an app takes any: what one app may want is limited elsewhere.
    if (placesOn(placements, balancer).length === 0 || fits(placements, balancer, demand, reserved)) return balancer;
  }
}

function freeSlot(placements: Placements, balancer: string): number {
  const taken = new Set(placesOn(placements, balancer).map(({ slot }) => slot));
  for (let slot = 0; ; slot++) if (!taken.has(slot)) return slot;
}
