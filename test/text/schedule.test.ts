import { describe, expect, test } from "@jest/globals";
import { isTimezone, nextTime, periodOf, readSchedule } from "@slipway/text/schedule";
import fc from "fast-check";

const minuteMs = 60_000;

/** The next times of a schedule, as it is written. */
function times(text: string, timezone: string, after: string, count: number): string[] {
  const read = readSchedule(text);
  if ("objection" in read) throw new Error(read.objection);
  const found: string[] = [];
  for (let at = nextTime(read.expression, timezone, Date.parse(after)); at !== null && found.length < count; ) {
    found.push(new Date(at).toISOString().replace(":00.000Z", "Z"));
    at = nextTime(read.expression, timezone, at);
  }
  return found;
}

describe("a schedule", () => {
  test.each([
    ["*/20 * * * *", "cron(0,20,40 * * * ? *)"],
    ["0 9 * * MON-FRI", "cron(0 9 ? * 2,3,4,5,6 *)"],
    ["0 9 * * 7", "cron(0 9 ? * 1 *)"],
    ["0 9 * * 0,sat", "cron(0 9 ? * 1,7 *)"],
    ["5 4 1-10/3 jan,Jul *", "cron(5 4 1,4,7,10 1,7 ? *)"],
    [" cron( 0/30 9 * * ? * ) ", "cron(0,30 9 * * ? *)"],
    ["cron(0 9 ? * MON#2 2027)", "cron(0 9 ? * MON#2 2027)"],
    ["rate(1 minutes)", "rate(1 minute)"],
    ["rate(5 minute)", "rate(5 minutes)"],
  ])("%j is read as EventBridge has it", (text, expression) => expect(readSchedule(text)).toEqual({ expression }));

  test.each([
    ["", "must be five cron fields"],
    ["@daily", "must be five cron fields"],
    ["60 * * * *", "minutes field from 0 to 59"],
    ["* 24 * * *", "hours field"],
    ["0 0 0 * *", "day-of-month field"],
    ["0 0 * 13 *", "month field"],
    ["0 0 * * 8", "day-of-week field"],
    ["0 0 * * FOO", "day-of-week field"],
    ["*/0 * * * *", "minutes field"],
    ["5-1 * * * *", "minutes field"],
    ["0 0 1 * MON", "write two crons"],
    ["cron(0 9 * * * *)", "must have ?"],
    ["cron(0 9 ? * ? *)", "must have ?"],
    ["cron(0 9 * * ?)", "must have six fields"],
    ["cron(0 9 * * ? 1969)", "year field"],
    ["cron(0 9 32W * ? *)", "day-of-month field"],
    ["cron(0 9 ? * MON#6 *)", "day-of-week field"],
    ["rate(0 minutes)", "must be a rate"],
    ["rate(5 weeks)", "must be a rate"],
  ])("%j is refused with what is wrong", (text, words) =>
    expect(readSchedule(text)).toEqual({ objection: expect.stringContaining(words) }),
  );

  test("comes at its days, the last ones and the nearest ones included", () => {
    expect(times("cron(0 9 L * ? *)", "UTC", "2028-01-01T00:00:00Z", 2)).toEqual([
      "2028-01-31T09:00Z",
      "2028-02-29T09:00Z",
    ]);
    expect(times("cron(0 9 ? * 6L *)", "UTC", "2026-01-01T00:00:00Z", 2)).toEqual([
      "2026-01-30T09:00Z",
      "2026-02-27T09:00Z",
    ]);
    expect(times("cron(0 9 ? * 2#5 *)", "UTC", "2026-01-01T00:00:00Z", 2)).toEqual([
      "2026-03-30T09:00Z",
      "2026-06-29T09:00Z",
    ]);
    // The 1st is a Sunday, the 31st a Saturday; they stay within their month.
    expect(times("cron(0 9 1W 2,3 ? *)", "UTC", "2026-01-01T00:00:00Z", 2)).toEqual([
      "2026-02-02T09:00Z",
      "2026-03-02T09:00Z",
    ]);
    expect(times("cron(0 9 31W * ? *)", "UTC", "2026-01-01T00:00:00Z", 2)).toEqual([
      "2026-01-30T09:00Z",
      "2026-03-31T09:00Z",
    ]);
    expect(times("0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", 1)).toEqual(["2104-02-29T00:00Z"]);
  });

  test.each(["0 0 30 2 *", "0 0 31 4,6,9,11 *", "cron(0 0 1 1 ? 2020)", "cron(0 0 29 2 ? 2027)"])(
    "%j never comes",
    (text) => expect(times(text, "Europe/Berlin", "2026-01-01T00:00:00Z", 1)).toEqual([]),
  );

  test("skips a local time that daylight saving takes away, and takes a repeated one once", () => {
    expect(times("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", 2)).toEqual([
      "2026-03-28T01:30Z",
      "2026-03-30T00:30Z",
    ]);
    expect(times("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2)).toEqual([
      "2026-10-25T00:30Z",
      "2026-10-26T01:30Z",
    ]);
    expect(times("*/30 * * * *", "America/New_York", "2026-11-01T04:45:00Z", 4)).toEqual([
      "2026-11-01T05:00Z",
      "2026-11-01T05:30Z",
      "2026-11-01T07:00Z",
      "2026-11-01T07:30Z",
    ]);
    // Half an hour, and a whole day.
    expect(times("15 2 * * *", "Australia/Lord_Howe", "2026-10-02T20:00:00Z", 2)).toEqual([
      "2026-10-04T15:15Z",
      "2026-10-05T15:15Z",
    ]);
    expect(times("0 0 30 12 *", "Pacific/Apia", "2011-01-01T00:00:00Z", 1)).toEqual(["2012-12-29T10:00Z"]);
  });

  test("comes at just the minutes whose local time it names, each local time once", () => {
    const zones = ["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"] as const;
    const list = (max: number) =>
      fc.oneof(
        fc.constant("*"),
        fc.uniqueArray(fc.integer({ min: 0, max }), { minLength: 1, maxLength: 3 }).map((values) => values.join(",")),
      );
    fc.assert(
      fc.property(
        list(59),
        list(23),
        fc.constantFrom(...zones),
        // Some hours before the changes of these zones in 2026, and anywhere else.
        fc.constantFrom(
          "2026-03-28T22:00Z",
          "2026-10-24T22:00Z",
          "2026-03-08T03:00Z",
          "2026-11-01T02:00Z",
          "2026-04-04T12:00Z",
          "2026-10-03T12:00Z",
          "2026-07-01T00:00Z",
        ),
        (minutes, hours, zone, from) => {
          const has = (field: string, value: number) => field === "*" || field.split(",").includes(String(value));
          const format = new Intl.DateTimeFormat("en-GB", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
          const start = Date.parse(from);
          const seen = new Set<string>();
          // What was repeated from before the look began.
          for (let at = start - 180 * minuteMs; at <= start; at += minuteMs) seen.add(format.format(at));
          const expected: number[] = [];
          for (let at = start + minuteMs; at <= start + 9 * 60 * minuteMs; at += minuteMs) {
            const local = format.format(at);
            const [hour, minute] = local.slice(-5).split(":").map(Number);
            if (!seen.has(local) && has(hours, hour ?? -1) && has(minutes, minute ?? -1)) expected.push(at);
            seen.add(local);
          }
          const read = readSchedule(`${minutes} ${hours} * * *`);
          if ("objection" in read) throw new Error(read.objection);
          const found: number[] = [];
          for (let at = nextTime(read.expression, zone, start); at !== null && at <= start + 9 * 60 * minuteMs; ) {
            found.push(at);
            at = nextTime(read.expression, zone, at);
          }
          expect(found).toEqual(expected);
        },
      ),
      { numRuns: 20 },
    );
  });

  test("that is a rate has a period", () => {
    expect(["rate(1 minute)", "rate(2 hours)", "rate(3 days)", "cron(0 9 * * ? *)"].map(periodOf)).toEqual([
      60_000,
      7_200_000,
      259_200_000,
      null,
    ]);
  });
});

test("time zones are those of the IANA database, spelled as there", () => {
  expect(["UTC", "Europe/Berlin", "Asia/Calcutta", "Asia/Kolkata"].filter((name) => !isTimezone(name))).toEqual([]);
  expect(["", "utc", "europe/berlin", "Mars/Olympus", "+02:00", "Europe/Berlin\n"].filter(isTimezone)).toEqual([]);
});
