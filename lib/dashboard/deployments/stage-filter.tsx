import { type Stage, stageFacts, stages } from "@slipway/monitor/client";
import { useId } from "react";
import { useSearchParams } from "react-router";
import { inputClass } from "../ui/field.tsx";

const isStage = (value: string | null): value is Stage => stages.some((stage) => stage === value);

/** Which stage a list shows. It lies in the address, so that it can be linked to. */
export function useStageFilter(): Stage | undefined {
  const stage = useSearchParams()[0].get("stage");
  return isStage(stage) ? stage : undefined;
}

export function StageFilter() {
  const stage = useStageFilter();
  const setSearch = useSearchParams()[1];
  const id = useId();
  return (
    <div className="flex items-center gap-2">
      <label htmlFor={id} className="text-muted">
        Stage
      </label>
      <select
        id={id}
        className={`${inputClass} w-auto!`}
        value={stage ?? ""}
        onChange={({ target: { value } }) => setSearch(value === "" ? {} : { stage: value }, { replace: true })}
      >
        <option value="">All</option>
        {stages.map((one) => (
          <option key={one} value={one}>
            {stageFacts[one].label}
          </option>
        ))}
      </select>
    </div>
  );
}
