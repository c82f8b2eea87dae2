/** What an `<input type="datetime-local">` takes: this moment by the clock of whoever looks. */
export function localTime(at: Date): string {
  const [year, month, day, hour, minute] = [
    at.getFullYear(),
    at.getMonth() + 1,
    at.getDate(),
    at.getHours(),
    at.getMinutes(),
  ].map((part) => String(part).padStart(2, "0"));
  return `${year}-${month}-${day}T${hour}:${minute}`;
}

/** Ends of a freeze that are often wanted. */
export function usualEnds(now: Date): readonly { readonly label: string; readonly at: Date }[] {
  return [
    { label: "4 hours", at: hoursAfter(now, 4) },
    { label: "24 hours", at: hoursAfter(now, 24) },
    { label: "Monday 08:00", at: nextMonday(now) },
  ];
}

const hoursAfter = (now: Date, hours: number): Date => new Date(now.getTime() + hours * 3_600_000);

/** The next Monday that is not today, at eight. */
function nextMonday(now: Date): Date {
  const monday = new Date(now);
  monday.setDate(now.getDate() + ((8 - now.getDay()) % 7 || 7));
  monday.setHours(8, 0, 0, 0);
  return monday;
}
