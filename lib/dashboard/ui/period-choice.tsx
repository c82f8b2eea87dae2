import { useId } from "react";
import { useSearchParams } from "react-router";
import { inputClass } from "./field.tsx";

interface Props {
  /** The parameter of the address that holds it, so that it can be linked to. */
  readonly parameter: string;
  readonly value: number;
  readonly periods: readonly { readonly value: number; readonly name: string }[];
}

/** Which period is looked at. */
export function PeriodChoice({ parameter, value, periods }: Props) {
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
        value={value}
        onChange={({ target }) => setSearch({ [parameter]: target.value }, { replace: true })}
      >
        {periods.map((period) => (
          <option key={period.value} value={period.value}>
            {period.name}
          </option>
        ))}
      </select>
    </div>
  );
}
