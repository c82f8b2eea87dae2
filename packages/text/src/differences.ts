/** A setting that differs: before and after, or, of a secret, that it is another one. */
export interface Difference {
  readonly name: string;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly changed?: boolean | undefined;
}

/** One line of a difference: `env.LEVEL`, `info`, `debug`; `null`: there is none. Of a secret neither is shown. */
export interface DifferenceLine {
  readonly name: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly isSecret: boolean;
}

/** A line for each value that differs: variables each by itself. */
export function differenceLines({ name, before, after, changed }: Difference): readonly DifferenceLine[] {
  if (changed === true) return [{ name, before: null, after: null, isSecret: true }];
  if (!isMap(name) || !isObject(before) || !isObject(after))
    return [{ name, before: text(before), after: text(after), isSecret: false }];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].map((key) => ({
    name: `${name}.${key}`,
    before: text(before[key]),
    after: text(after[key]),
    isSecret: false,
  }));
}

/** `env.LEVEL: info → debug`, or of a secret `KEY (new value)`. */
export const differenceWords = ({ name, before, after, isSecret }: DifferenceLine): string =>
  isSecret ? `${name} (changed)` : `${name}: ${before ?? "none"} → ${after ?? "none"}`;

const isMap = (name: string): boolean => name === "env" || name === "build_args";

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function text(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (isObject(value)) {
    const fields = Object.entries(value).map(([name, entry]) => `${name} ${text(entry) ?? "none"}`);
    return fields.join(", ");
  }
  return Array.isArray(value) ? value.map((entry) => text(entry) ?? "none").join(", ") : String(value);
}
