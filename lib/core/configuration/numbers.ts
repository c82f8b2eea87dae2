import * as z from "zod";

/** The numbers of an app's configurations, each by a hash of what it consists of. One row an app. */
export const configurationNumbersSchema = z.object({
  numbers: z.record(z.string(), z.number().int().positive()),
  /** The highest that was ever given. */
  last: z.number().int(),
  version: z.number().int(),
});
export type ConfigurationNumbers = z.infer<typeof configurationNumbersSchema>;

export const noConfigurations: ConfigurationNumbers = { numbers: {}, last: 0, version: 0 };

/** A row has room for ten times as many. Whoever comes back to one that is older gets a new number for it. */
const mostNumbers = 1000;

/** The number of a configuration, a new one if it has none; and the row that says so, if it is another. */
export function numberOf(
  known: ConfigurationNumbers,
  hash: string,
): { readonly number: number; readonly next: ConfigurationNumbers | null } {
  const found = known.numbers[hash];
  if (found !== undefined) return { number: found, next: null };
  const number = known.last + 1;
  const numbers = { ...known.numbers, [hash]: number };
  const forgotten = number - mostNumbers;
  const kept =
    forgotten < 1 ? numbers : Object.fromEntries(Object.entries(numbers).filter(([, one]) => one > forgotten));
  return { number, next: { numbers: kept, last: number, version: known.version + 1 } };
}
