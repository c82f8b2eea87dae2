import { useSearchParams } from "react-router";
import { PeriodChoice } from "../ui/period-choice.tsx";

const periods = [7, 30, 90].map((days) => ({ value: days, name: `${days} days` }));
const usual = 30;

/** How many days are looked at. */
export function usePeriod(): number {
  const days = Number(useSearchParams()[0].get("days"));
  return periods.some(({ value }) => value === days) ? days : usual;
}

export function DaysChoice() {
  return <PeriodChoice parameter="days" value={usePeriod()} periods={periods} />;
}
