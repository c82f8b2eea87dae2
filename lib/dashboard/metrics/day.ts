const format = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", timeZone: "UTC" });

/** `2025-11-14` as people read it. */
export const dayOf = (date: string): string => format.format(new Date(`${date}T00:00:00Z`));
