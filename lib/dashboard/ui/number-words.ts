/** The format of numbers is made once: it takes long. */
const rounded = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

export const countWords = (value: number): string => rounded.format(value);

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** The same in a few characters, for an axis: `3.5M`. */
export const shortCountWords = (value: number): string =>
  Math.abs(value) < 10_000 ? rounded.format(value) : compact.format(value);

/** Of 0 to 100. */
export const percentWords = (value: number): string => `${rounded.format(value)}%`;
