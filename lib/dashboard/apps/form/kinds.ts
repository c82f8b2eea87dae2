import { commandLine, wordsOf } from "@slipway/text/words";

/** How a setting is typed: as text or as a tick, whatever the API takes. */
interface Kind<Value, Draft> {
  readonly toDraft: (value: Value) => Draft;
  readonly toInput: (draft: Draft) => unknown;
}

const kind = <Value, Draft>(one: Kind<Value, Draft>) => one;

/** Nothing typed is nothing given, and not 0. */
export const numberOf = (text: string): number => (text.trim() === "" ? Number.NaN : Number(text));
export const numberOrNone = (text: string): number | null => (text.trim() === "" ? null : Number(text));

/** The texts of a list that is typed into one field. */
export const listed = (text: string): string[] =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);

export const kinds = {
  text: kind<string, string>({ toDraft: (value) => value, toInput: (text) => text.trim() }),
  /** Empty: `null`. */
  optionalText: kind<string | null, string>({
    toDraft: (value) => value ?? "",
    toInput: (text) => (text.trim() === "" ? null : text.trim()),
  }),
  number: kind<number, string>({ toDraft: String, toInput: numberOf }),
  /** Empty: `null`. */
  optionalNumber: kind<number | null, string>({ toDraft: (value) => String(value ?? ""), toInput: numberOrNone }),
  /** Separated by commas. */
  list: kind<readonly string[], string>({ toDraft: (value) => value.join(", "), toInput: listed }),
  /** As a command line. Empty: `null`. */
  command: kind<readonly string[] | null, string>({
    toDraft: (words) => commandLine(words ?? []),
    toInput: (text) => (text.trim() === "" ? null : wordsOf(text)),
  }),
  /** One of some texts. */
  choice: kind<string, string>({ toDraft: (value) => value, toInput: (text) => text }),
  /** One of some numbers. */
  numberChoice: kind<number, string>({ toDraft: String, toInput: numberOf }),
  check: kind<boolean, boolean>({ toDraft: (value) => value, toInput: (ticked) => ticked }),
} as const;

export type KindName = keyof typeof kinds;

/** The kinds that a setting can have. */
export type KindOf<Value> = [Value] extends [boolean]
  ? "check"
  : [Value] extends [number]
    ? "number" | "numberChoice"
    : [Value] extends [string]
      ? "text" | "choice"
      : [Value] extends [number | null]
        ? "optionalNumber"
        : [Value] extends [string | null]
          ? "optionalText"
          : [Value] extends [readonly string[]]
            ? "list"
            : [Value] extends [readonly string[] | null]
              ? "command"
              : never;
