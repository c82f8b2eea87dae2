const before = 60;
const length = 160;

/**
 * The whole words of a text around the first place of a word.
 * @param {string} text
 * @param {string} word in lower case
 */
export function around(text, word) {
  const found = Math.max(0, text.toLowerCase().indexOf(word));
  const from = startOf(text, found);
  const rest = text.slice(from);
  if (rest.length <= length) return `${from > 0 ? "… " : ""}${rest}`;
  // A word that is longer than the excerpt is cut, since there is no other end.
  const end = rest.lastIndexOf(" ", length);
  return `${from > 0 ? "… " : ""}${rest.slice(0, end > 0 ? end : length)} …`;
}

/**
 * Where the first word of an excerpt begins, which has what was found at `found`.
 * @param {string} text
 * @param {number} found
 */
function startOf(text, found) {
  if (found <= before) return 0;
  const first = text.indexOf(" ", found - before - 1) + 1;
  return first > 0 && first <= found ? first : text.lastIndexOf(" ", found) + 1;
}
