import { useId } from "react";
import { useMay } from "../session/session.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { Notice } from "../ui/states.tsx";
import { frozenUntil, useFreeze } from "./use-freeze.ts";

interface OverrideProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** During a freeze: what an admin overrides it with, or for others that they can't. */
export function OverrideField({ value, onChange }: OverrideProps) {
  const freeze = useFreeze();
  const isAdmin = useMay("admin");
  const id = useId();
  if (freeze === null) return null;
  if (!isAdmin) return <Notice tone="warning">{frozenUntil(freeze)} An admin can override this.</Notice>;
  return (
    <Field id={id} label="Override the freeze" hint={`${frozenUntil(freeze)} Say why this can't wait.`}>
      <input
        id={id}
        aria-describedby={`${id}-hint`}
        className={inputClass}
        required
        maxLength={500}
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
    </Field>
  );
}
