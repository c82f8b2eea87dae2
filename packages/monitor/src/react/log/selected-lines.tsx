import { useState } from "react";
import type { LogLine } from "../../client/index.ts";
import { Button } from "../ui/button.tsx";
import { copy } from "./deliver.ts";
import { plainText } from "./plain-text.ts";
import type { LineRange } from "./range.ts";

interface Props {
  readonly range: LineRange;
  readonly lines: readonly LogLine[];
  readonly href: string;
  /** Whether the next line that is chosen is the other end of a range: where there is no Shift key. */
  readonly isExtending: boolean;
  readonly onExtend: (isWanted: boolean) => void;
}

/** What can be done with the linked lines: others get the link, or the text. */
export function SelectedLines({ range, lines, href, isExtending, onExtend }: Props) {
  const [said, setSaid] = useState("");
  const { from, to } = range;
  const deliver = (text: string, done: string) =>
    copy(text).then(
      () => setSaid(done),
      () => setSaid("Your browser blocked copying."),
    );
  const link = () => new URL(href, location.href).href;
  return (
    <div className="sw:flex sw:flex-wrap sw:items-center sw:gap-1.5 sw:border-b sw:border-line sw:bg-surface sw:px-2.5 sw:py-1.5 sw:text-xs">
      <span className="sw:text-muted">{from === to ? `Line ${from}` : `Lines ${from}–${to}`}</span>
      <Button onClick={() => deliver(link(), "Link copied.")}>Copy link</Button>
      <Button onClick={() => deliver(`${numberedText(lines, range)}\n${link()}`, "Text copied.")}>Copy as text</Button>
      {from === to && (
        <Button aria-pressed={isExtending} title="Or Shift-click a line number" onClick={() => onExtend(!isExtending)}>
          Select a range
        </Button>
      )}
      <span role="status" className="sw:text-muted">
        {isExtending ? "Choose the number of the last line." : said}
      </span>
    </div>
  );
}

/** Some lines with their numbers, as they are sent to somebody else. */
export function numberedText(lines: readonly LogLine[], { from, to }: LineRange): string {
  const digits = String(to).length;
  return lines
    .slice(from - 1, to)
    .map((line, index) => `${String(from + index).padStart(digits)}  ${plainText(line)}`)
    .join("\n");
}
