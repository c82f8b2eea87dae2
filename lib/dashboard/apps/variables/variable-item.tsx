import { PlainValue } from "../../ui/plain-value.tsx";

/** A variable's name with its value. `null`: a secret, whose value nobody sees. */
export function VariableItem({ name, value }: { name: string; value: string | null }) {
  return (
    <li className="grid min-w-0 gap-x-4 gap-y-1 px-3 py-2 sm:grid-cols-2!">
      <code className="min-w-0 self-center font-mono wrap-anywhere">{name}</code>
      {value === null ? <span className="text-muted">Secret</span> : <PlainValue name={name} value={value} />}
    </li>
  );
}
