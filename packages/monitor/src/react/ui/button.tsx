import type { ComponentProps } from "react";

/** A plain button, small enough for a bar and large enough for a finger. */
export function Button({ className = "", ...rest }: ComponentProps<"button">) {
  return (
    <button
      type="button"
      className={`sw:inline-flex sw:min-h-7 sw:items-center sw:gap-1.5 sw:rounded-box sw:border sw:border-line sw:bg-ground sw:px-2 sw:text-xs sw:font-medium sw:whitespace-nowrap sw:text-text sw:hover:bg-raised sw:disabled:opacity-60 sw:aria-pressed:border-accent sw:aria-pressed:text-accent ${className}`}
      {...rest}
    />
  );
}
