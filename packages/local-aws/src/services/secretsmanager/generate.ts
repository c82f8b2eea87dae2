import * as z from "zod";

/** `GenerateSecretString` of a secret's template. */
export const generateSchema = z.object({
  PasswordLength: z.coerce.number().int().min(1).max(4096).default(32),
  ExcludeCharacters: z.string().default(""),
  ExcludeLowercase: z.boolean().default(false),
  ExcludeUppercase: z.boolean().default(false),
  ExcludeNumbers: z.boolean().default(false),
  ExcludePunctuation: z.boolean().default(false),
  IncludeSpace: z.boolean().default(false),
  RequireEachIncludedType: z.boolean().default(true),
  SecretStringTemplate: z.string().optional(),
  GenerateStringKey: z.string().optional(),
});

type Generate = z.infer<typeof generateSchema>;

const LOWER = "abcdefghijklmnopqrstuvwxyz";

function alphabets(wish: Generate): string[] {
  const wanted = [
    wish.ExcludeLowercase ? "" : LOWER,
    wish.ExcludeUppercase ? "" : LOWER.toUpperCase(),
    wish.ExcludeNumbers ? "" : "0123456789",
    wish.ExcludePunctuation ? "" : "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
    wish.IncludeSpace ? " " : "",
  ];
  const allowed = (letters: string) => [...letters].filter((one) => !wish.ExcludeCharacters.includes(one)).join("");
  return wanted.map(allowed).filter((letters) => letters !== "");
}

/** A letter by 32 random bits: the remainder favours none by more than one in forty million. */
function pick(letters: string, randomHex: (n: number) => string): string {
  return letters.charAt(Number.parseInt(randomHex(8), 16) % letters.length);
}

function password(wish: Generate, randomHex: (n: number) => string): string {
  const types = alphabets(wish);
  if (types.length === 0) throw new Error("GenerateSecretString excludes every character.");
  const required = wish.RequireEachIncludedType ? types : [];
  if (required.length > wish.PasswordLength) throw new Error("GenerateSecretString: PasswordLength is too short.");
  const letters = Array.from({ length: wish.PasswordLength }, (_, at) =>
    pick(required[at] ?? types.join(""), randomHex),
  );
  // The required ones came first: put everything in random order.
  const keyed = letters.map((letter) => ({ letter, order: randomHex(16) }));
  return keyed
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ letter }) => letter)
    .join("");
}

/** A random secret as `GetRandomPassword` would make it, in the template's JSON where it gives one. Throws for wishes that cannot be met. */
export function generateSecretString(wish: Generate, randomHex: (n: number) => string): string {
  const generated = password(wish, randomHex);
  if (wish.SecretStringTemplate === undefined || wish.GenerateStringKey === undefined) return generated;
  const template = z.record(z.string(), z.unknown()).parse(JSON.parse(wish.SecretStringTemplate));
  return JSON.stringify({ ...template, [wish.GenerateStringKey]: generated });
}
