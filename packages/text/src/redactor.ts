import { pieces, plainText } from "./inert.ts";
import { MARK, type Span, tokens, withoutSpans } from "./redaction.ts";
import { withoutEnd } from "./trim.ts";

/** Shorter values are left alone: they are as likely words of the text as secrets. */
const MIN_SECRET = 6;

/** A line of a value of several lines is looked for by itself only if it is long enough to be specific. */
const MIN_PART = 12;

/** A stretch of base64 shorter than this is found by chance. */
const MIN_BASE64 = 6;

/** A shorter piece of a secret at the end of a text that was cut there gives little away, and is as likely one of a word. */
const MIN_CUT = 4;

/** What stands before and after a part of a line that was too long to be sent in one. */
export interface Surrounding {
  readonly before?: string | undefined;
  readonly after?: string | undefined;
  /** At which of its ends the line was cut from text that is not known: a piece of a value there is replaced, too. */
  readonly cut?: CutEnds | undefined;
}

export interface CutEnds {
  readonly start: boolean;
  readonly end: boolean;
}

export type Redact = (line: string, around?: Surrounding) => string;

/**
 * Returns what replaces secrets in one line of text by `[redacted]`: each of `values` (of 6 characters or more, also in base64
 * at any offset, URL-encoded, and as a JSON string), and whatever has the shape of a well-known kind of token. It sees through
 * colours and whatever else is not printed; colours that stood within a secret stay. Of a secret that reaches into what stands
 * around the line, or beyond where it was cut, the line's part is replaced. Pure and without memory: a private key that spans lines is {@link privateKeyFilter}'s.
 */
export function redactor(values: readonly string[]): Redact {
  const literals = forms(values);
  return (line, { before = "", after = "", cut = uncut } = {}) => {
    const text = before + line + after;
    return withoutSpans(text, spansIn(text, literals, cut), before.length, before.length + line.length);
  };
}

const uncut: CutEnds = { start: false, end: false };

/** Where secrets stand: as it was written, and as it is read. */
function spansIn(whole: string, literals: readonly string[], cut: CutEnds): Span[] {
  const seen = pieces(whole);
  const placesIn = (text: string) =>
    literals.flatMap((form) => [...placesOf(form, text), ...cutPlacesOf(form, text, cut)]);
  const spans = placesIn(whole);
  if (seen.length === 1 && seen[0]?.text === whole) return [...spans, ...tokens(whole)];
  const joined = mapped(seen, "");
  const apart = mapped(seen, "\u0000");
  return [
    ...spans,
    ...[...placesIn(joined.text), ...tokens(joined.text)].map(joined.toWhole),
    // Two words with a colour between them are one to nobody who looks for where a token begins.
    ...tokens(apart.text).map(apart.toWhole),
  ];
}

/** The pieces as one text, and the way back from its places to those of the whole. */
function mapped(seen: readonly { readonly text: string; readonly at: number }[], separator: string) {
  const starts: number[] = [];
  let length = 0;
  for (const { text } of seen) {
    starts.push(length);
    length += text.length + separator.length;
  }
  const place = (at: number): number => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return (seen[low]?.at ?? 0) + at - (starts[low] ?? 0);
  };
  return {
    text: seen.map(({ text }) => text).join(separator),
    // The last character, not the place after it: that may be in the next piece.
    toWhole: ([from, to]: Span): Span => [place(from), place(to - 1) + 1],
  };
}

/** Where `form` begins and ends in a text. Of occurrences that overlap each other, enough to cover all but an eighth of each. */
function placesOf(form: string, text: string): Span[] {
  const spans: Span[] = [];
  const step = Math.max(1, form.length >> 3);
  for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + step)) spans.push([at, at + form.length]);
  return spans;
}

/** Where a text that was cut ends with the first part of `form`, or begins with the last. */
function cutPlacesOf(form: string, text: string, cut: CutEnds): Span[] {
  const spans: Span[] = [];
  if (!cut.start && !cut.end) return spans;
  for (let length = MIN_CUT; length < form.length && length <= text.length; length++) {
    if (cut.end && text.endsWith(form.slice(0, length))) spans.push([text.length - length, text.length]);
    if (cut.start && text.startsWith(form.slice(-length))) spans.push([0, length]);
  }
  return spans;
}

/**
 * Returns a filter for the lines of one stream, in order: from the first line of a PEM private key to its last, each is replaced
 * by `[redacted]`. Gives up after 200 lines, so that a header without an end does not swallow a log.
 */
export function privateKeyFilter(): (line: string) => string {
  let left = 0;
  return (line) => {
    const read = plainText(line);
    const begin = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/.test(read);
    const end = /-----END [A-Z ]{0,40}PRIVATE KEY-----/.test(read);
    if (begin) {
      left = end ? 0 : 200;
      return line;
    }
    if (left === 0) return line;
    left = end ? 0 : left - 1;
    return MARK;
  };
}

/** A whole line of base64, of the length that the bodies of PEM files have, and not a digest in hex. */
const isKeyBody = (line: string): boolean =>
  /^(?:[A-Za-z0-9+/]{64}|[A-Za-z0-9+/]{76})$/.test(line) && !/^[0-9a-f]+$/i.test(line);

/** Redacts lines of several streams that are read from anywhere on. */
export interface StreamRedaction {
  /** A line by itself, whatever stands around it: also the body of a private key whose first line is not known. */
  alone(line: string, cut?: CutEnds): string;
  /** The next line of a stream. */
  next(stream: string, line: string, cut?: CutEnds): string;
  /** Whether a text may be a part of a secret: whoever may look for it learns the secret piece by piece. */
  mayBeWithin(text: string): boolean;
}

export function streamRedaction(values: readonly string[]): StreamRedaction {
  const literals = forms(values);
  const redact = redactor(values);
  const filters = new Map<string, (line: string) => string>();
  const alone = (line: string, cut?: CutEnds): string => (isKeyBody(plainText(line)) ? MARK : redact(line, { cut }));
  return {
    alone,
    next: (stream, line, cut) => {
      const hideKeys = filters.get(stream) ?? privateKeyFilter();
      filters.set(stream, hideKeys);
      return alone(hideKeys(line), cut);
    },
    mayBeWithin: (text) => literals.some((form) => form.includes(text)),
  };
}

function forms(values: readonly string[]): string[] {
  const parts = values.flatMap((value) => [value, ...linesOf(value)]);
  const secrets = parts.filter((value) => value.length >= MIN_SECRET && !MARK.includes(value));
  const written = [...new Set(secrets.flatMap(formsOf))];
  // Of a secret with characters that nobody sees, what is seen is looked for, too.
  const seen = written.map((form) =>
    pieces(form)
      .map(({ text }) => text)
      .join(""),
  );
  return [...new Set([...written, ...seen])].filter((form) => form.length >= MIN_SECRET && !MARK.includes(form));
}

/** The lines of a value that give it away: long ones, and whatever is most of it. */
function linesOf(value: string): string[] {
  const lines = value.split(/\r?\n/);
  if (lines.length === 1) return [];
  return lines.filter((line) => line.length >= MIN_PART || line.length * 2 > value.length);
}

function formsOf(secret: string): string[] {
  const encoded = encodeURIComponent(secret.toWellFormed());
  const standard = [Buffer.from(secret).toString("base64"), ...base64Cores(secret)].filter(
    (s) => s.length >= MIN_BASE64,
  );
  const urlSafe = standard.map((form) => form.replace(/\+/g, "-").replace(/\//g, "_"));
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    encoded,
    encoded.replace(/%20/g, "+"),
    json,
    ...standard,
    ...urlSafe,
    ...urlSafe.map((s) => withoutEnd(s, "=")),
  ];
}

/** The characters of base64 that `secret` alone decides, when 0, 1 or 2 other bytes stand before it in the encoded text. */
function base64Cores(secret: string): string[] {
  return [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
    return bytes.toString("base64").slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6));
  });
}
