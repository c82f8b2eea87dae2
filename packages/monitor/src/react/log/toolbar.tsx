import {
  Check,
  ChevronDown,
  ChevronUp,
  CircleAlert,
  Clock,
  Copy,
  Download,
  ListCollapse,
  Search as SearchIcon,
  WrapText,
  X,
} from "lucide";
import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useState } from "react";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import type { Search } from "./use-search.ts";
import type { ShownLines } from "./use-shown-lines.ts";

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
  readonly shown: ShownLines;
  readonly firstVisible: () => number;
  /** The error that the reader was led to last. */
  readonly atError: number | null;
  readonly onError: (line: number) => void;
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
      <Errors {...props} />
      <div className="sw:ml-auto sw:flex sw:gap-1.5">
        {props.shown.sections.steps.length > 1 && (
          <Button
            aria-label="Fold all steps"
            title="Fold all steps"
            aria-pressed={props.shown.isAllFolded}
            onClick={props.shown.foldAll}
          >
            <Icon icon={ListCollapse} className="sw:size-4" />
          </Button>
        )}
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

/** The way from error to error; nothing where there is none. */
function Errors({ shown, firstVisible, atError, onError }: Props) {
  const { errors } = shown.sections;
  if (errors.length === 0) return null;
  const go = (by: 1 | -1) => {
    const from = atError ?? firstVisible() - by;
    const next = by === 1 ? errors.find((line) => line > from) : errors.findLast((line) => line < from);
    const round = by === 1 ? errors[0] : errors.at(-1);
    const line = next ?? round;
    if (line !== undefined) onError(line);
  };
  const { isErrorsOnly } = shown.filter;
  return (
    <div className="sw:flex sw:items-center sw:gap-1.5">
      <Button aria-pressed={isErrorsOnly} title="Errors only" onClick={() => shown.setErrorsOnly(!isErrorsOnly)}>
        <Icon icon={CircleAlert} className="sw:size-4 sw:text-danger" />
        {errors.length === 1 ? "1 error" : `${errors.length.toLocaleString("en-US")} errors`}
        <span className="sw:sr-only">, show only errors</span>
      </Button>
      <Button aria-label="Previous error" title="Previous error" onClick={() => go(-1)}>
        <Icon icon={ChevronUp} className="sw:size-4" />
      </Button>
      <Button aria-label="Next error" title="Next error" onClick={() => go(1)}>
        <Icon icon={ChevronDown} className="sw:size-4" />
      </Button>
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
