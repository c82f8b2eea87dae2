import { Plus } from "lucide-react";
import { useId } from "react";
import { Button } from "../../ui/button.tsx";
import { Field, inputClass } from "../../ui/field.tsx";
import { Pair, TextAt } from "./controls.tsx";
import { type CronDraft, newCron } from "./cron-draft.ts";
import type { AppForm } from "./use-app-form.ts";

/** Commands that run by a schedule. */
export function CronFields({ form }: { form: AppForm }) {
  const { crons } = form.draft;
  const nextKey = Math.max(-1, ...crons.map(({ key }) => key)) + 1;
  return (
    <>
      {crons.map((cron, index) => (
        <CronRow
          key={cron.key}
          form={form}
          cron={cron}
          index={index}
          onChange={(change) =>
            form.set(
              "crons",
              crons.map((one) => (one.key === cron.key ? { ...one, ...change } : one)),
            )
          }
          onRemove={() =>
            form.set(
              "crons",
              crons.filter(({ key }) => key !== cron.key),
            )
          }
        />
      ))}
      <div>
        <Button onClick={() => form.set("crons", [...crons, newCron(nextKey)])}>
          <Plus size={14} aria-hidden />
          Add a cron
        </Button>
      </div>
    </>
  );
}

interface RowProps {
  readonly form: AppForm;
  readonly cron: CronDraft;
  readonly index: number;
  readonly onChange: (change: Partial<CronDraft>) => void;
  readonly onRemove: () => void;
}

function CronRow({ form, cron, index, onChange, onRemove }: RowProps) {
  const field = (name: TextName, label: string, hint: string, placeholder = "") => (
    <TextAt
      {...{ form, label, hint, placeholder }}
      path={`crons.${index}.${name}`}
      value={cron[name]}
      onChange={(value) => onChange({ [name]: value })}
    />
  );
  const id = useId();
  return (
    <fieldset className="grid min-w-0 gap-3 rounded-box border p-4">
      <legend className="max-w-full px-1 font-medium wrap-anywhere">{cron.name === "" ? "New cron" : cron.name}</legend>
      <Pair>
        {field("name", "Name", "Lower-case letters, digits and hyphens.", "nightly")}
        {field(
          "command",
          "Command",
          "Words are split as in a shell; nothing else of a shell applies.",
          "npm run report",
        )}
      </Pair>
      <Pair>
        {field(
          "schedule",
          "Schedule",
          "Five cron fields, or cron(…) and rate(…) as in EventBridge Scheduler.",
          "0 3 * * *",
        )}
        {field("timezone", "Time zone", "A name such as Europe/Berlin.", "UTC")}
      </Pair>
      <Pair>
        <Field id={id} label="If an earlier run is still running">
          <select
            id={id}
            className={inputClass}
            value={cron.overlap}
            onChange={({ target: { value } }) => onChange({ overlap: value === "allow" ? "allow" : "skip" })}
          >
            <option value="skip">Skip this run</option>
            <option value="allow">Run both</option>
          </select>
        </Field>
        {field("timeoutMinutes", "Limit (minutes)", "It is stopped when it has run for this long.")}
      </Pair>
      <div>
        <Button onClick={onRemove} aria-label={`Remove ${cron.name === "" ? "the new cron" : cron.name}`}>
          Remove
        </Button>
      </div>
    </fieldset>
  );
}

type TextName = "name" | "schedule" | "timezone" | "command" | "timeoutMinutes";
