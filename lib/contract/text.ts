import * as z from "zod";
import { branchName } from "../core/push/branch-name.ts";

const sentence = "must be one line of text without control characters and invisible characters";

/**
 * A line of text from a person: no control characters, nothing that turns the direction of writing or has no width. Joiners are
 * allowed, since emoji and some scripts need them. The characters are listed, since the patterns of the OpenAPI document are read
 * by programs that know no classes of Unicode.
 */
export const lineOfText = (longest: number) =>
  z
    .string()
    .max(longest, { abort: true })
    .regex(
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
      /^[^\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb]*$/u,
      sentence,
    );

/** A name that people distinguish things by: as {@link lineOfText}, not empty, and nothing invisible at all. */
export const nameText = (longest: number) =>
  z
    .string()
    .min(1, { abort: true })
    .max(longest, { abort: true })
    .regex(
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
      /^[^\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb]*$/u,
      sentence,
    );

/** A value of a variable, of any number of lines. No environment can hold the character NUL. */
export const variableValue = (longest: number) =>
  z
    .string()
    .max(longest, { abort: true })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what is refused.
    .regex(/^[^\u0000]*$/, "must not contain the character NUL");

export const branch = z
  .string()
  .min(1, { abort: true })
  .max(200, { abort: true })
  .regex(branchName, "must be the name of a Git branch, without control characters and invisible characters");
