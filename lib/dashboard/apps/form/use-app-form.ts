import { type FormEvent, useEffect, useRef, useState } from "react";
import type { AppDraft } from "./draft.ts";
import { type Problems, problemAt, problemsOfError } from "./problems.ts";
import type { Validated } from "./validate.ts";

/** What the fields of the form read and write. */
export interface AppForm {
  readonly draft: AppDraft;
  readonly set: <Name extends keyof AppDraft>(name: Name, value: AppDraft[Name]) => void;
  /** What is wrong with a field, once its filling-in is over: it was left, or the form was sent. */
  readonly problem: (path: string) => string | undefined;
  readonly leave: (path: string) => void;
}

/**
 * The state of the form of an app. `validate` is the API's own check; `send` resolves when it is done, and what it
 * throws is shown at the fields it names.
 */
export function useAppForm(
  initial: AppDraft,
  validate: (draft: AppDraft) => Validated,
  send: (input: Readonly<Record<string, unknown>>) => Promise<unknown>,
) {
  const [draft, setDraft] = useState(initial);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [refused, setRefused] = useState<Problems>({});
  const [attempts, setAttempts] = useState(0);
  const [isSending, setSending] = useState(false);
  const validated = validate(draft);
  const problems: Problems = { ...validated.problems, ...refused };
  const isOver = (path: string) => attempts > 0 || left.has(path);

  const form: AppForm = {
    draft,
    set: (name, value) => {
      setDraft((before) => ({ ...before, [name]: value }));
      // What the server said of this field, or of the whole, may no longer hold.
      setRefused((before) => Object.fromEntries(Object.entries(before).filter(([path]) => !concerns(name, path))));
    },
    problem: (path) => problemAt(isOver(path) ? problems : refused, path, draft[path as keyof AppDraft]),
    leave: (path) => setLeft((before) => new Set(before).add(path)),
  };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setAttempts((before) => before + 1);
    if (validated.problems !== null || isSending) return;
    setSending(true);
    try {
      await send(validated.input);
    } catch (error) {
      setRefused(problemsOfError(error instanceof Error ? error : new Error(String(error)), Object.keys(draft)));
    } finally {
      setSending(false);
    }
  };

  /** Starts over from these values. */
  const reset = (next: AppDraft) => {
    setDraft(next);
    setLeft(new Set());
    setRefused({});
    setAttempts(0);
  };

  return { form, submit, reset, isSending, refused, problems: attempts > 0 ? problems : refused, attempts };
}

const concerns = (name: string, path: string): boolean => path === "" || path === name || path.startsWith(`${name}.`);

/** Leads to the first field that is wrong whenever sending it failed. */
export function useFirstProblem(attempts: number, refused: Problems) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (attempts === 0 && Object.keys(refused).length === 0) return;
    const first = form.current?.querySelector<HTMLElement>("[aria-invalid=true]");
    const hidden = first?.closest("details:not([open])");
    hidden?.setAttribute("open", "");
    first?.focus();
  }, [attempts, refused]);
  return form;
}
