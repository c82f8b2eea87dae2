import { Check, ChevronDown, ChevronUp, Clock, Copy, Download, Search as SearchIcon, WrapText, X } from "lucide";
import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useState } from "react";
import { Button } from "../button.tsx";
import { Icon } from "../icon.tsx";
import type { Search } from "./use-search.ts";

interface Props {
  readonly search: Search;
  readonly field: RefObject<HTMLInputElement | null>;
  /** Back from the search field to the log. */
  readonly onLeave: () => void;
  readonly isWrapped: boolean;
  readonly onWrap: (isWrapped: boolean) => void;
  readonly hasTimes: boolean;
  readonly onTimes: (hasTimes: boolean) => void;
  readonly onCopy: () => Promise<void>;
  readonly onDownload: () => void;
}

/** What one can do with a log. */
export function Toolbar(props: Props) {
  const { isWrapped, onWrap, hasTimes, onTimes } = props;
  return (
    <div
      role="toolbar"
      aria-label="Log"
      className="sw:flex sw:flex-wrap sw:items-center sw:gap-1.5 sw:border-b sw:border-line sw:bg-surface sw:p-1.5"
    >
      <SearchField {...props} />
      <div className="sw:ml-auto sw:flex sw:gap-1.5">
        <Button aria-label="Times" title="Times (UTC)" aria-pressed={hasTimes} onClick={() => onTimes(!hasTimes)}>
          <Icon icon={Clock} className="sw:size-4" />
        </Button>
        <Button aria-label="Wrap lines" title="Wrap lines" aria-pressed={isWrapped} onClick={() => onWrap(!isWrapped)}>
          <Icon icon={WrapText} className="sw:size-4" />
        </Button>
        <CopyButton onCopy={props.onCopy} />
        <Button aria-label="Download the log" title="Download the log" onClick={props.onDownload}>
          <Icon icon={Download} className="sw:size-4" />
        </Button>
      </div>
    </div>
  );
}

function SearchField({ search, field, onLeave }: Props) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") search.go(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape" && search.query === "") onLeave();
    else if (event.key === "Escape") search.setQuery("");
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <search className="sw:flex sw:min-w-0 sw:flex-1 sw:basis-56 sw:items-center sw:gap-1.5">
      <div className="sw:flex sw:min-h-7 sw:min-w-0 sw:flex-1 sw:items-center sw:gap-1.5 sw:rounded-box sw:border sw:border-line sw:bg-ground sw:px-2 sw:focus-within:border-accent sw:@lg:max-w-80">
        <Icon icon={SearchIcon} className="sw:size-3.5 sw:text-muted" />
        <input
          ref={field}
          type="text"
          inputMode="search"
          enterKeyHint="search"
          autoComplete="off"
          spellCheck={false}
          aria-label="Search the log"
          placeholder="Search the log"
          className="sw:min-w-0 sw:flex-1 sw:text-xs sw:outline-none sw:placeholder:text-muted"
          value={search.query}
          onChange={(event) => search.setQuery(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <span role="status" className="sw:text-xs sw:whitespace-nowrap sw:text-muted sw:tabular-nums">
          {countInWords(search)}
        </span>
      </div>
      {search.query !== "" && <SearchSteps search={search} />}
    </search>
  );
}

function SearchSteps({ search }: { search: Search }) {
  const isEmpty = search.count === 0;
  return (
    <>
      <Button aria-label="Previous match" title="Shift+Enter" disabled={isEmpty} onClick={() => search.go(-1)}>
        <Icon icon={ChevronUp} className="sw:size-4" />
      </Button>
      <Button aria-label="Next match" title="Enter" disabled={isEmpty} onClick={() => search.go(1)}>
        <Icon icon={ChevronDown} className="sw:size-4" />
      </Button>
      <Button aria-label="Clear the search" title="Escape" onClick={() => search.setQuery("")}>
        <Icon icon={X} className="sw:size-4" />
      </Button>
    </>
  );
}

function countInWords({ shown, count, position, current }: Search): string {
  if (shown === "") return "";
  if (count === 0) return "No match";
  return current === null ? `${count} found` : `${position + 1} of ${count}`;
}

const shownMs = 2000;

function CopyButton({ onCopy }: { onCopy: () => Promise<void> }) {
  const [outcome, setOutcome] = useState<"copied" | "refused" | null>(null);
  useEffect(() => {
    if (outcome === null) return;
    const timer = setTimeout(() => setOutcome(null), shownMs);
    return () => clearTimeout(timer);
  }, [outcome]);
  const onClick = () =>
    onCopy().then(
      () => setOutcome("copied"),
      () => setOutcome("refused"),
    );
  return (
    <>
      <Button aria-label="Copy the log" title="Copy the log" onClick={onClick}>
        {iconFor(outcome)}
      </Button>
      <span role="status" className="sw:sr-only">
        {outcome === "copied" && "Log copied."}
        {outcome === "refused" && "Your browser blocked copying. Download the log instead."}
      </span>
    </>
  );
}

function iconFor(outcome: "copied" | "refused" | null): ReactNode {
  if (outcome === "copied") return <Icon icon={Check} className="sw:size-4 sw:text-success" />;
  if (outcome === "refused") return <Icon icon={X} className="sw:size-4 sw:text-danger" />;
  return <Icon icon={Copy} className="sw:size-4" />;
}
