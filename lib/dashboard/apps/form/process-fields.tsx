import { Plus } from "lucide-react";
import { useId } from "react";
import { Button } from "../../ui/button.tsx";
import { Field, inputClass } from "../../ui/field.tsx";
import { Pair, TextAt } from "./controls.tsx";
import { newProcess, type ProcessDraft } from "./process-draft.ts";
import type { AppForm } from "./use-app-form.ts";

/** What runs all the time beside `web`. */
export function ProcessFields({ form }: { form: AppForm }) {
  const { processes } = form.draft;
  const nextKey = Math.max(-1, ...processes.map(({ key }) => key)) + 1;
  const setAll = (all: readonly ProcessDraft[]) => form.set("processes", all);
  return (
    <>
      {processes.map((process, index) => (
        <ProcessRow
          key={process.key}
          form={form}
          process={process}
          index={index}
          onChange={(change) => setAll(processes.map((one) => (one.key === process.key ? { ...one, ...change } : one)))}
          onRemove={() => setAll(processes.filter(({ key }) => key !== process.key))}
        />
      ))}
      <div>
        <Button onClick={() => setAll([...processes, newProcess(nextKey)])}>
          <Plus size={14} aria-hidden />
          Add a process
        </Button>
      </div>
    </>
  );
}

interface RowProps {
  readonly form: AppForm;
  readonly process: ProcessDraft;
  readonly index: number;
  readonly onChange: (change: Partial<ProcessDraft>) => void;
  readonly onRemove: () => void;
}

function ProcessRow({ form, process, index, onChange, onRemove }: RowProps) {
  const { cpu, memory, stopSeconds } = form.draft;
  const field = (name: TextName, label: string, hint: string, placeholder = "") => (
    <TextAt
      {...{ form, label, hint, placeholder }}
      path={`processes.${index}.${name}`}
      value={process[name]}
      onChange={(value) => onChange({ [name]: value })}
    />
  );
  const id = useId();
  return (
    <fieldset className="grid min-w-0 gap-3 rounded-box border p-4">
      <legend className="max-w-full px-1 font-medium wrap-anywhere">
        {process.name === "" ? "New process" : process.name}
      </legend>
      <Pair>
        {field("name", "Name", "Lower-case letters, digits and hyphens.", "worker")}
        {field(
          "command",
          "Command",
          "Words are split as in a shell; nothing else of a shell applies.",
          "npm run worker",
        )}
      </Pair>
      <Pair>
        {field("instances", "Instances", "How many tasks run.")}
        <Field id={id} label="Start">
          <select
            id={id}
            className={inputClass}
            value={process.order}
            onChange={({ target: { value } }) => onChange({ order: value === "before" ? "before" : "after" })}
          >
            <option value="after">When the new web is healthy</option>
            <option value="before">Before the new web starts</option>
          </select>
        </Field>
      </Pair>
      <Pair>
        {field("cpu", "CPU (units)", "Empty: as the app has it.", cpu)}
        {field("memory", "Memory (MB)", "Empty: as the app has it.", memory)}
      </Pair>
      {field(
        "stopSeconds",
        "Stop time (seconds)",
        "How long it may take after SIGTERM. Empty: as the app has it.",
        stopSeconds,
      )}
      <div>
        <Button onClick={onRemove} aria-label={`Remove ${process.name === "" ? "the new process" : process.name}`}>
          Remove
        </Button>
      </div>
    </fieldset>
  );
}

type TextName = "name" | "command" | "instances" | "cpu" | "memory" | "stopSeconds";
