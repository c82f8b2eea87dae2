/**
 * Schedules as EventBridge Scheduler has them: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html.
 * `rate(5 minutes)`, `cron(minutes hours day-of-month month day-of-week year)`, and five fields as crontab has them, which are
 * written as EventBridge's six.
 */

/** A schedule that can be read, or what is wrong with it, as what follows its name: `must …`. */
export type ReadSchedule =
  /** `expression`: as EventBridge Scheduler takes it. */
  { readonly expression: string } | { readonly objection: string };

const minuteMs = 60_000;
const unitMinutes = { minute: 1, hour: 60, day: 24 * 60 } as const;
const ratePattern = /^rate\(([1-9]\d{0,5}) (minute|hour|day)s?\)$/;
const cronPattern = /^cron\((.*)\)$/;

/** Milliseconds between two times of a rate; `null`: it is none. */
export function periodOf(expression: string): number | null {
  const [, count, unit] = ratePattern.exec(expression) ?? [];
  if (unit !== "minute" && unit !== "hour" && unit !== "day") return null;
  return Number(count) * unitMinutes[unit] * minuteMs;
}

const months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** What the numbers from `min` on can be called. */
  readonly names?: readonly string[];
  /** What it can be beside lists of numbers. */
  readonly special?: RegExp;
}

const fields: readonly Field[] = [
  { name: "minutes", min: 0, max: 59 },
  { name: "hours", min: 0, max: 23 },
  { name: "day-of-month", min: 1, max: 31, special: /^(?:L|(?:[1-9]|[12]\d|3[01])W)$/ },
  { name: "month", min: 1, max: 12, names: months },
  { name: "day-of-week", min: 1, max: 7, names: weekdays, special: /^(?:L|[1-7]L|(?:[1-7]|[A-Z]{3})#[1-5])$/ },
  { name: "year", min: 1970, max: 2199 },
];
const crontab: readonly Field[] = [
  ...fields.slice(0, 4),
  // 0 and 7 are Sunday there.
  { name: "day-of-week", min: 0, max: 7, names: weekdays },
];

/** Reads a schedule as people write it. */
export function readSchedule(text: string): ReadSchedule {
  const written = text.trim().replace(/\s+/g, " ");
  if (written.startsWith("rate("))
    return periodOf(written) === null
      ? { objection: "must be a rate such as rate(5 minutes), rate(1 hour) or rate(2 days)" }
      : { expression: singular(written) };
  const six = cronPattern.exec(written)?.[1]?.trim().toUpperCase();
  if (six !== undefined) return readSix(six.split(" "));
  const five = written.toUpperCase().split(" ");
  if (five.length === 5) return readFive(five);
  return { objection: "must be five cron fields, cron(…) with six fields, or rate(…)" };
}

/** EventBridge takes `1 minute` and `2 minutes`, and nothing else. */
const singular = (rate: string): string =>
  rate.replace(/^rate\((\d+) (\w+?)s?\)$/, (_, count, unit) => `rate(${count} ${unit}${count === "1" ? "" : "s"})`);

function readSix(given: readonly string[]): ReadSchedule {
  if (given.length !== 6) return { objection: `must have six fields in cron(…), and has ${given.length}` };
  const days = [given[2], given[4]].filter((field) => field === "?").length;
  if (days !== 1) return { objection: "must have ? as either its day-of-month or its day-of-week, and not as both" };
  const wrong = fields.find((field, index) => !isDayOff(index, given[index]) && !isField(field, given[index] ?? ""));
  if (wrong !== undefined) return { objection: objectionTo(wrong, given[fields.indexOf(wrong)] ?? "") };
  const written = given.map((part, index) => {
    const field = fields[index];
    // Of ranges with steps AWS's documentation says nothing: what they list leaves nothing to be read in another way.
    return field !== undefined && field.name !== "year" && part.includes("/") ? listed(field, part) : part;
  });
  return { expression: `cron(${written.join(" ")})` };
}

const isDayOff = (index: number, given: string | undefined): boolean => given === "?" && (index === 2 || index === 4);

const objectionTo = ({ name, min, max }: Field, given: string): string =>
  `must have a ${name} field from ${min} to ${max}, with *, lists, ranges and steps; it is ${given}`;

function readFive(given: readonly string[]): ReadSchedule {
  const wrong = crontab.find((field, index) => valuesOf(field, given[index] ?? "") === null);
  if (wrong !== undefined) return { objection: objectionTo(wrong, given[crontab.indexOf(wrong)] ?? "") };
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = given;
  // crontab would take a day that either of them names, which no schedule of EventBridge says.
  if (day !== "*" && weekday !== "*")
    return { objection: "must leave the day of the month or the day of the week as *: write two crons otherwise" };
  const [minutesField, hoursField, dayField, monthField] = fields as [Field, Field, Field, Field];
  const six = [
    listed(minutesField, minute),
    listed(hoursField, hour),
    weekday === "*" ? listed(dayField, day) : "?",
    listed(monthField, month),
    weekday === "*" ? "?" : sundayFirst(weekday),
    "*",
  ];
  return { expression: `cron(${six.join(" ")})` };
}

/** A field with its ranges and steps written out, which leaves nothing to be read in another way. */
function listed(field: Field, given: string): string {
  if (given === "*") return "*";
  return (valuesOf(field, given) ?? []).join(",");
}

function sundayFirst(given: string): string {
  const [, , , , field] = crontab;
  const values = field === undefined ? [] : (valuesOf(field, given) ?? []);
  return [...new Set(values.map((day) => (day % 7) + 1))].toSorted((one, other) => one - other).join(",");
}

const isField = (field: Field, given: string): boolean =>
  (field.special?.test(given) ?? false) ? isNamed(field, given) : valuesOf(field, given) !== null;

/** Of `MON#2` the first part is a name, too. */
const isNamed = ({ names = [] }: Field, given: string): boolean => {
  const [day = ""] = given.split("#");
  return !given.includes("#") || /^\d$/.test(day) || names.includes(day);
};

/** The numbers that a field lists, ascending; `null`: it cannot be read. */
function valuesOf(field: Field, given: string): number[] | null {
  const values = new Set<number>();
  for (const part of given.split(",")) {
    const range = rangeOf(field, part);
    if (range === null) return null;
    for (let value = range.from; value <= range.to; value += range.step) values.add(value);
  }
  return [...values].toSorted((one, other) => one - other);
}

function rangeOf(field: Field, part: string) {
  const [, start = "", end, step] = /^(\*|[A-Z\d]+)(?:-([A-Z\d]+))?(?:\/(\d{1,4}))?$/.exec(part) ?? [];
  const every = step === undefined ? 1 : Number(step);
  if (start === "" || every < 1) return null;
  if (start === "*") return end === undefined ? { from: field.min, to: field.max, step: every } : null;
  const from = numberOf(field, start);
  const to = end === undefined ? (step === undefined ? from : field.max) : numberOf(field, end);
  return from === null || to === null || from > to ? null : { from, to, step: every };
}

function numberOf({ names = [], min, max }: Field, text: string): number | null {
  const named = names.indexOf(text);
  // Names of crontab's days are those of 0 to 6.
  const value = named >= 0 ? named + Math.min(min, 1) : /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : null;
}

/** Whether there is such a time zone, by its name in the IANA database. Offsets such as `+02:00` are none. */
export function isTimezone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    const { timeZone } = new Intl.DateTimeFormat("en-US", { timeZone: name }).resolvedOptions();
    // AWS wants names as they are spelled; an old name resolves to another one.
    return timeZone === name || timeZone.toLowerCase() !== name.toLowerCase();
  } catch {
    return false;
  }
}

/**
 * When a `cron(…)` expression that {@link readSchedule} accepts comes next after a time, in epoch milliseconds; `null`: never.
 * As EventBridge Scheduler has it, a local time that a change of daylight saving takes away is skipped, and one that it repeats
 * comes once.
 */
export function nextTime(expression: string, timezone: string, after: number): number | null {
  const times = timesOf(expression);
  // A local time that is not later than this came before, if it comes at all.
  let local: number | null = localTime(timezone, after);
  for (;;) {
    local = nextLocal(times, local);
    if (local === null) return null;
    const instant = instantOf(timezone, local);
    if (instant !== null && instant > after) return instant;
  }
}

/** An expression as it is compared with local times. */
interface Times {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: ReadonlySet<number>;
  readonly years: ReadonlySet<number>;
  readonly isDay: (day: Date) => boolean;
}

const known = new Map<string, Times>();
const mostKnown = 500;

function timesOf(expression: string): Times {
  const found = known.get(expression);
  if (found !== undefined) return found;
  const [minute = "", hour = "", day = "", month = "", weekday = "", year = ""] = (
    cronPattern.exec(expression)?.[1] ?? ""
  ).split(" ");
  const [minutes, hours, , months, , years] = [minute, hour, day, month, weekday, year].map((given, index) => {
    const field = fields[index];
    return field === undefined ? [] : (valuesOf(field, given) ?? []);
  });
  const times: Times = {
    minutes: minutes ?? [],
    hours: hours ?? [],
    months: new Set(months),
    years: new Set(years),
    isDay: day === "?" ? isWeekday(weekday) : isDayOfMonth(day),
  };
  if (known.size >= mostKnown) known.clear();
  known.set(expression, times);
  return times;
}

const lastOf = (day: Date): number => new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();

function isDayOfMonth(given: string): Times["isDay"] {
  if (given === "L") return (day) => day.getUTCDate() === lastOf(day);
  if (given.endsWith("W")) return (day) => day.getUTCDate() === workdayNear(day, Number.parseInt(given, 10));
  const [, , field] = fields;
  const days = new Set(field === undefined ? [] : valuesOf(field, given));
  return (day) => days.has(day.getUTCDate());
}

/** The working day of the month that is nearest to a day of it; `null`: the month has no such day. */
function workdayNear(month: Date, wanted: number): number | null {
  const last = lastOf(month);
  if (wanted > last) return null;
  const weekday = new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth(), wanted)).getUTCDay();
  if (weekday === 6) return wanted === 1 ? 3 : wanted - 1;
  if (weekday === 0) return wanted === last ? wanted - 2 : wanted + 1;
  return wanted;
}

function isWeekday(given: string): Times["isDay"] {
  const field = fields[4];
  const number = (text: string): number | null => (field === undefined ? null : numberOf(field, text));
  if (given.includes("#")) {
    const [weekday = "", which] = given.split("#");
    const wanted = number(weekday);
    return (day) => day.getUTCDay() + 1 === wanted && Math.ceil(day.getUTCDate() / 7) === Number(which);
  }
  if (given.endsWith("L")) {
    const wanted = given === "L" ? 7 : number(given.slice(0, -1));
    const isOfLast: Times["isDay"] = (day) => given === "L" || day.getUTCDate() > lastOf(day) - 7;
    return (day) => day.getUTCDay() + 1 === wanted && isOfLast(day);
  }
  const days = new Set(field === undefined ? [] : valuesOf(field, given));
  return (day) => days.has(day.getUTCDay() + 1);
}

const dayMs = 24 * 60 * minuteMs;
const lastYear = 2199;
/** Every date that comes at all comes within as many years, the 29th of February on each day of the week included. */
const wholeCalendar = 41;

/** The next local time after one, each as if it were UTC; `null`: none comes. */
function nextLocal(times: Times, after: number): number | null {
  const isAnyYear = times.years.size > lastYear - 1970;
  const end = isAnyYear ? new Date(after).getUTCFullYear() + wholeCalendar : Math.max(...times.years);
  for (let midnight = after - modulo(after, dayMs); ; midnight += dayMs) {
    const day = new Date(midnight);
    const [year, month] = [day.getUTCFullYear(), day.getUTCMonth()];
    if (year > Math.min(end, lastYear)) return null;
    if (!times.years.has(year) || !times.months.has(month + 1)) midnight = Date.UTC(year, month + 1, 0);
    else if (times.isDay(day)) {
      const found = timeOfDay(times, midnight, after);
      if (found !== null) return found;
    }
  }
}

function timeOfDay(times: Times, midnight: number, after: number): number | null {
  for (const hour of times.hours)
    for (const minute of times.minutes) {
      const local = midnight + (hour * 60 + minute) * minuteMs;
      if (local > after) return local;
    }
  return null;
}

const modulo = (value: number, by: number): number => ((value % by) + by) % by;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone);
  if (known !== undefined) return known;
  const number = "2-digit" as const;
  const format = new Intl.DateTimeFormat("en-US-u-ca-iso8601", {
    timeZone: timezone,
    hourCycle: "h23",
    year: "numeric",
    month: number,
    day: number,
    hour: number,
    minute: number,
    second: number,
  });
  formats.set(timezone, format);
  return format;
}

/** What clocks there show at an instant, as if it were UTC. */
function localTime(timezone: string, instant: number): number {
  const parts = new Map(
    formatOf(timezone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const of = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"));
}

/** The first instant at which clocks there show this; `null`: they never do. */
function instantOf(timezone: string, wall: number): number | null {
  // Offsets change at most once within a day: what is in force before and after is all that there is.
  const offsets = [wall - dayMs, wall + dayMs].map((near) => localTime(timezone, near) - near);
  const instants = offsets.map((offset) => wall - offset).filter((instant) => localTime(timezone, instant) === wall);
  return instants.length === 0 ? null : Math.min(...instants);
}
