import { Braces, ChevronDown, ChevronRight } from "lucide";
import { memo } from "react";
import type { LogLine } from "../../client/index.ts";
import { Icon } from "../ui/icon.tsx";
import { segmentsOf } from "./ansi.ts";
import { highlighted, type Piece } from "./highlight.ts";
import { jsonOf } from "./json.ts";
import { isError } from "./level.ts";
import { plainText } from "./plain-text.ts";
import { startsIn } from "./search.ts";

interface Props {
  readonly line: LogLine;
  readonly index: number;
  /** Its place among the lines that are shown. */
  readonly row: number;
  /** Of the first line of a step: how many lines it hides when it is folded. */
  readonly step: number | undefined;
  readonly isFolded: boolean;
  /** A line of JSON is folded out. */
  readonly isJsonOpen: boolean;
  /** In pixels from the first row's top. */
  readonly top: number;
  readonly href: string;
  readonly isWrapped: boolean;
  readonly hasTime: boolean;
  readonly isLinked: boolean;
  /** Of all line numbers one is reached by Tab; from there the arrows go on. */
  readonly isTabStop: boolean;
  readonly query: string;
  /** Where the match begins that the reader is at. */
  readonly currentMatch: number | null;
  readonly measure: ((element: HTMLDivElement | null) => void) | undefined;
}

/** One line of the log. It renders once: whatever it is given stays the same while the log scrolls and grows. */
export const Row = /* @__PURE__ */ memo(function Row(props: Props) {
  const { line, index, row, step, top, isWrapped, hasTime, isLinked, measure } = props;
  const ground = isLinked ? "sw:bg-mark/35" : "sw:hover:bg-raised";
  return (
    <div
      ref={measure}
      data-index={row}
      data-line-index={index}
      data-stream={line.stream}
      data-linked={isLinked || undefined}
      style={{ top }}
      className={`slipway-row sw:absolute sw:left-0 sw:flex sw:min-h-5 sw:min-w-full ${isWrapped ? "sw:w-full" : ""} ${ground}`}
    >
      <LineNumber {...props} />
      {step !== undefined && step > 0 && <Fold {...props} />}
      {hasTime && <span className="sw:shrink-0 sw:pr-3 sw:text-muted sw:select-none">{timeOfDay(line.timestamp)}</span>}
      {jsonOf(line) !== null && <JsonButton {...props} />}
      <Text {...props} />
      {props.isFolded && step !== undefined && step > 0 && (
        <span className="sw:pr-4 sw:text-muted sw:select-none">{step === 1 ? "1 line" : `${step} lines`} folded</span>
      )}
    </div>
  );
});

/** Programs write progress to standard error too: only what says that something went wrong is red. */
function barOf(line: LogLine): string {
  if (isError(line)) return "sw:border-danger";
  return line.stream === "system" ? "sw:border-accent" : "sw:border-transparent";
}

const hints: Readonly<Record<LogLine["stream"], string>> = {
  stdout: "",
  stderr: ", standard error",
  system: ", from Slipway",
};

function LineNumber({ line, index, href, isLinked, isTabStop }: Props) {
  const { stream } = line;
  const number = index + 1;
  return (
    <a
      href={href}
      data-line={number}
      tabIndex={isTabStop ? 0 : -1}
      aria-label={`Line ${number}${hints[stream]}${isError(line) ? ", error" : ""}`}
      aria-current={isLinked ? "location" : undefined}
      title={stream === "stderr" ? "Standard error" : undefined}
      className={`sw:sticky sw:left-0 sw:w-[calc(var(--digits)*1ch+2rem)] sw:shrink-0 sw:border-l-3 sw:bg-log sw:pr-5 sw:text-right sw:text-muted sw:tabular-nums sw:select-none sw:hover:text-text sw:hover:underline ${barOf(line)}`}
    >
      {number}
    </a>
  );
}

/** In the gutter beside the number, so that all lines begin in the same column. */
function Fold({ line, index, isFolded }: Props) {
  return (
    <button
      type="button"
      data-fold={index}
      aria-expanded={!isFolded}
      aria-label={plainText(line).split(" : ", 1)[0]}
      className="sw:sticky sw:left-[calc(var(--digits)*1ch+0.75rem)] sw:-ml-5 sw:h-5 sw:w-5 sw:shrink-0 sw:text-muted sw:select-none sw:hover:text-text"
    >
      <Icon icon={isFolded ? ChevronRight : ChevronDown} className="sw:mx-auto sw:size-3.5" />
    </button>
  );
}

function JsonButton({ index, isJsonOpen }: Props) {
  return (
    <button
      type="button"
      data-json={index}
      aria-expanded={isJsonOpen}
      aria-label={`Fields of line ${index + 1}`}
      className="sw:mr-1 sw:h-5 sw:w-5 sw:shrink-0 sw:text-muted sw:select-none sw:hover:text-text"
    >
      <Icon icon={Braces} className="sw:mx-auto sw:size-3.5" />
    </button>
  );
}

function Text({ line, isWrapped, query, currentMatch, isJsonOpen }: Props) {
  const json = isJsonOpen ? jsonOf(line) : null;
  if (json !== null)
    return (
      <span
        data-text
        className={`sw:pr-4 sw:whitespace-pre-wrap ${isWrapped ? "sw:min-w-0 sw:flex-1 sw:break-words" : ""}`}
      >
        {json}
      </span>
    );
  const starts = startsIn(plainText(line), query);
  const segments = segmentsOf(line);
  const pieces: readonly Piece[] =
    starts.length === 0
      ? segments.map((segment, index) => ({ ...segment, start: index, match: null }))
      : highlighted(segments, starts, query.length);
  const flow = isWrapped ? "sw:min-w-0 sw:flex-1 sw:break-words sw:whitespace-pre-wrap" : "sw:whitespace-pre";
  const voice = line.stream === "system" ? "sw:text-muted sw:italic" : "";
  return (
    <span data-text className={`sw:pr-4 ${flow} ${voice}`}>
      {pieces.map((piece) => (
        <PieceOfText key={piece.start} piece={piece} isCurrent={piece.match !== null && piece.match === currentMatch} />
      ))}
    </span>
  );
}

function PieceOfText({ piece, isCurrent }: { piece: Piece; isCurrent: boolean }) {
  const { text, className, color, match } = piece;
  if (match !== null) {
    return (
      <mark
        data-current={isCurrent || undefined}
        className={`sw:rounded-xs ${isCurrent ? "sw:bg-accent sw:text-on-accent" : "sw:bg-mark sw:text-text"}`}
      >
        {text}
      </mark>
    );
  }
  if (className === "" && color === undefined) return text;
  return (
    <span className={className} style={color === undefined ? undefined : { color }}>
      {text}
    </span>
  );
}

/** "10:30:45.123" of an RFC 3339 time, in UTC: the same for everybody who talks about it. */
const timeOfDay = (timestamp: string): string => timestamp.slice(11, 23).replace("Z", "");
