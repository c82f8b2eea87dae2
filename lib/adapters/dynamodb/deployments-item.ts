import {
  type Deployment,
  deploymentSchema,
  isOpen,
  type ListedDeployment,
  listedDeploymentSchema,
  type OpenDeployment,
  openDeploymentSchema,
} from "../../core/deployment/deployment.ts";

import { openPartition } from "./keys.ts";

type Item = Readonly<Record<string, unknown>>;

/** Keys of indexes and conditions stand in the item itself. */
const keys = { id: true, app_id: true, stage: true } as const;

/**
 * The item that holds a deployment's state, but for its key. What lists show is one attribute, since an
 * index projects twenty at most: settings and inner state are in no index. `open` makes it appear in the index of that name.
 */
export function itemOf(deployment: Deployment) {
  const listed = listedDeploymentSchema.omit(keys).parse(deployment);
  const rest = Object.entries(deployment).filter(([name]) => !(name in listed));
  return {
    ...Object.fromEntries(rest),
    listed,
    version: deployment.version,
    open: isOpen(deployment) ? openPartition : undefined,
    next_poll_at: deployment.next_poll_at ?? undefined,
  };
}

/** An item of before `listed` has everything in itself. */
const flat = (item: Item): Item => ({
  ...item,
  ...(typeof item.listed === "object" ? item.listed : {}),
  next_poll_at: item.next_poll_at ?? null,
});

/** A row as stored, or as a stream delivers it. Fields that did not exist when it was written get their defaults. */
export const parseDeployment = (item: Item): Deployment => deploymentSchema.parse(flat(item));

/** A row as the indexes of lists have it. */
export const parseListed = (item: Item): ListedDeployment => listedDeploymentSchema.parse(flat(item));

/** A row as the index `open` has it. */
export const parseOpen = (item: Item): OpenDeployment => openDeploymentSchema.parse(flat(item));
