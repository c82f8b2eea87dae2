import { expect, test } from "@jest/globals";
import { localTime, usualEnds } from "../../lib/dashboard/freeze/freeze-times.ts";

const endsAt = (now: Date) => Object.fromEntries(usualEnds(now).map(({ label, at }) => [label, localTime(at)]));

test.each([
  ["a Friday", new Date(2026, 11, 18, 17, 5), "2026-12-21T08:00"],
  ["a Sunday", new Date(2026, 11, 20, 23, 59), "2026-12-21T08:00"],
  ["a Monday, so the next one", new Date(2026, 11, 21, 7, 0), "2026-12-28T08:00"],
])("a freeze can end on Monday from %s", (_day, now, monday) => {
  expect(endsAt(now)["Monday 08:00"]).toBe(monday);
});

test("a freeze can end after some hours", () => {
  expect(endsAt(new Date(2026, 11, 31, 22, 30))).toMatchObject({
    "4 hours": "2027-01-01T02:30",
    "24 hours": "2027-01-01T22:30",
  });
});
