import type { Freeze } from "@slipway/monitor/client";
import { useQuery } from "@tanstack/react-query";
import { freezeQuery } from "../api/queries.ts";

/** The freeze of all apps; `null`: there is none, as far as is known. */
export const useFreeze = (): Freeze | null => useQuery(freezeQuery).data ?? null;

const shownTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** "Deployments are frozen until 24 Dec 2026, 08:00." */
export const frozenUntil = ({ until }: Freeze): string =>
  `Deployments are frozen until ${shownTime.format(new Date(until))}.`;
