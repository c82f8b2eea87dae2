import type { Stage } from "@slipway/monitor/client";
import { useId } from "react";
import { useSearchParams } from "react-router";
import { inputClass } from "../ui/field.tsx";
import { stageWords } from "./stage-words.ts";

const isStage = (value: string | null): value is Stage => value !== null && value in stageWords;

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
        {Object.entries(stageWords).map(([one, word]) => (
          <option key={one} value={one}>
            {word}
          </option>
        ))}
      </select>
    </div>
  );
}
