import type { IconNode } from "lucide";
import { createElement } from "react";

interface Props {
  /** Of Lucide, as data. */
  icon: IconNode;
  className: string;
  strokeWidth?: number;
}

/** A picture beside words that say the same: nobody needs it read out. */
export function Icon({ icon, className, strokeWidth = 2 }: Props) {
  return (
    <svg
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={strokeWidth}
      strokeLinecap="round"
      strokeLinejoin="round"
      className={className}
      aria-hidden
    >
      {icon.map(([tag, attributes], index) => createElement(tag, { ...attributes, key: index }))}
    </svg>
  );
}
