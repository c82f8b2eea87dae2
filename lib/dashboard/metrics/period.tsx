import { useId } from "react";
import { useSearchParams } from "react-router";
import { inputClass } from "../ui/field.tsx";

const periods = [7, 30, 90];
const usual = 30;

/** How many days are looked at. It lies in the address, so that it can be linked to. */
export function usePeriod(): number {
  const days = Number(useSearchParams()[0].get("days"));
  return periods.includes(days) ? days : usual;
}

export function PeriodChoice() {
  const days = usePeriod();
  const setSearch = useSearchParams()[1];
  const id = useId();
  return (
    <div className="flex items-center gap-2">
      <label htmlFor={id} className="text-muted">
        Period
      </label>
      <select
        id={id}
        className={`${inputClass} w-auto!`}
        value={days}
        onChange={({ target: { value } }) => setSearch({ days: value }, { replace: true })}
      >
        {periods.map((each) => (
          <option key={each} value={each}>
            {each} days
          </option>
        ))}
      </select>
    </div>
  );
}
