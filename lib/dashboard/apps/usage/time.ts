const minutes = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const hours = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", hour: "2-digit", hourCycle: "h23" });
const days = new Intl.DateTimeFormat("en", { day: "numeric", month: "short" });

/** A time in milliseconds as people read it, in their own time zone: a minute of today, or an hour of a day. */
export const timeWords = (at: number, periodSeconds: number): string =>
  periodSeconds < 3600 ? minutes.format(at) : `${days.format(at)}, ${minutes.format(at)}`;

/** The same below a chart. */
export const tickWords = (at: number, hoursShown: number): string => {
  if (hoursShown <= 24) return minutes.format(at);
  return hoursShown <= 72 ? hours.format(at) : days.format(at);
};

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** What a person would choose to have between two marks of a clock or a calendar. */
const steps = [10 * minuteMs, 30 * minuteMs, hourMs, 3 * hourMs, 6 * hourMs, 12 * hourMs, 24 * hourMs, 7 * 24 * hourMs];

/** Round times between two instants in milliseconds, at most `most`, in the time zone with this offset in milliseconds. */
export function roundTimes(from: number, to: number, { most, offset }: { most: number; offset: number }): number[] {
  const step = steps.find((one) => (to - from) / one <= most) ?? Math.ceil((to - from) / most);
  const first = Math.ceil((from + offset) / step) * step - offset;
  return Array.from({ length: Math.max(0, Math.floor((to - first) / step) + 1) }, (_, index) => first + index * step);
}
