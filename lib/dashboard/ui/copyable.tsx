import { CopyButton } from "./copy-button.tsx";

/** A text in type of equal width, shortened where `shown` says so, with a button that copies all of it. */
export function Copyable({ text, shown = text, what }: { text: string; shown?: string; what: string }) {
  return (
    <span className="inline-flex max-w-full items-center gap-1">
      <code className="truncate font-mono text-[0.8125rem]" title={text}>
        {shown}
      </code>
      <CopyButton className="-my-1 size-7" text={text} what={what} />
    </span>
  );
}
