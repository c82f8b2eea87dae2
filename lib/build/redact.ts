/** What stands where a secret stood. */
const MARK = "[redacted]";

/** Shorter values are left alone: they are as likely words of the text as secrets. */
const MIN_SECRET = 6;

/** A line of a value of several lines is looked for by itself only if it is long enough to be telling. */
const MIN_PART = 12;

/** A stretch of base64 shorter than this is found by chance. */
const MIN_BASE64 = 6;

/**
 * Token shapes that providers have published. None can backtrack into more than a bounded distance: each begins at a fixed
 * word, and its last repetition is followed by nothing, or by a character the repetition excludes.
 * A group, where there is one, is what stays in front of the mark.
 */
const SHAPES: readonly string[] = [
  // Of an installation it may also be a signed one, with dots: so that one first.
  "ghs_[A-Za-z0-9_.-]{20,2000}",
  "gh[pousr]_[A-Za-z0-9]{20,255}",
  "github_pat_[A-Za-z0-9_]{20,255}",
  "glpat-[A-Za-z0-9_-]{20,255}",
  "\\b(?:AKIA|ASIA)[A-Z0-9]{16}\\b",
  "((?:aws_secret_access_key|AWS_SECRET_ACCESS_KEY|secretAccessKey|SecretAccessKey)[\"']?\\s{0,8}[=:]\\s{0,8}[\"']?)[A-Za-z0-9/+]{40}",
  "\\bxox[a-z]-[A-Za-z0-9-]{10,255}",
  "\\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,255}",
  "\\bnpm_[A-Za-z0-9]{36}",
  "(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\\.eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]*",
  "-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:[^]*?-----END [A-Z ]{0,40}PRIVATE KEY-----|[^\\n]*)",
  "([Aa]uthorization[\"']?\\s{0,8}[:=]\\s{0,8}[\"']?(?:[Bb]earer|[Bb]asic|[Tt]oken)\\s{1,8})[^\\s\"']+",
  "(?<=:\\/\\/)[^\\s/:@?#\"'<>\\\\]{0,256}:[^\\s/?#\"'<>\\\\]{1,512}(?=@)",
];

/**
 * Returns what replaces secrets in one line of text by `[redacted]`: each of `values` (of 6 characters or more, also in base64
 * at any offset, URL-encoded, and as a JSON string), and whatever has the shape of a well-known kind of token.
 * Pure and without memory: a private key that spans lines is {@link privateKeyFilter}'s.
 */
export function redactor(values: readonly string[]): (line: string) => string {
  const replaceForms = replacer(forms(values));
  const shapes = new RegExp(SHAPES.join("|"), "g");
  return (line) => replaceForms(line).replace(shapes, markShape);
}

/**
 * Returns a filter for the lines of one stream, in order: from the first line of a PEM private key to its last, each is replaced
 * by `[redacted]`. Gives up after 200 lines, so that a header without an end does not swallow a log.
 */
export function privateKeyFilter(): (line: string) => string {
  let left = 0;
  return (line) => {
    const begin = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/.exec(line);
    const end = /-----END [A-Z ]{0,40}PRIVATE KEY-----/.test(line);
    if (begin !== null) {
      left = end ? 0 : 200;
      return line;
    }
    if (left === 0) return line;
    left = end ? 0 : left - 1;
    return MARK;
  };
}

/** Keeps what the matching shape's group says should stay; the groups of the other shapes are undefined. */
function markShape(_match: string, ...rest: readonly unknown[]): string {
  const kept = rest.slice(0, -2).find((group) => typeof group === "string");
  return typeof kept === "string" ? kept + MARK : MARK;
}

/** A replacer of literal strings, longest first; `replaceAll` on each is faster than a pattern of hundreds of alternatives. */
function replacer(literals: readonly string[]): (line: string) => string {
  const longestFirst = [...literals].sort((a, b) => b.length - a.length);
  return (line) =>
    longestFirst.reduce((text, form) => (text.includes(form) ? text.replaceAll(form, MARK) : text), line);
}

function forms(values: readonly string[]): string[] {
  const parts = values.flatMap((value) => [value, ...value.split(/\r?\n/).filter((part) => part.length >= MIN_PART)]);
  const secrets = parts.filter((value) => value.length >= MIN_SECRET && !MARK.includes(value));
  return [...new Set(secrets.flatMap(formsOf))];
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
    ...urlSafe.map((s) => s.replace(/=+$/, "")),
  ];
}

/** The characters of base64 that `secret` alone decides, when 0, 1 or 2 other bytes stand before it in the encoded text. */
function base64Cores(secret: string): string[] {
  return [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
    return bytes.toString("base64").slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6));
  });
}
