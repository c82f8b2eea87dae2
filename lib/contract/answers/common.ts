import * as z from "zod";
import type { Shown } from "./shown.ts";

export const id = z.number().int().positive();
export const timestamp = z.string().meta({ format: "date-time" });

/** `{success, data}`, as all but the deployments' own POSTs answer. */
export const enveloped = <Data extends z.ZodType>(data: Data) => z.object({ success: z.literal(true), data });

/** A page of a list: `next_cursor` is `null` on the last one. */
export const paged = <Item extends z.ZodType>(item: Item) =>
  z.object({
    success: z.literal(true),
    next_cursor: z.string().nullable().describe("Pass it as `cursor` to get the next page; `null` on the last page."),
    data: z.array(item),
  });

const errorDetailSchema = z
  .object({ field: z.string().describe("`strategy.bakeMinutes`"), message: z.string() })
  .meta({ id: "ErrorDetail", description: "One field that is wrong or unknown." });
export type ErrorDetail = Shown<typeof errorDetailSchema>;

/** Its codes, with their statuses and sentences, are the table `errors` of ../errors.ts. */
export const errorSchema = z
  .object({
    success: z.literal(false),
    error: z.string().describe("What went wrong and what to do about it, as a sentence."),
    code: z.string().describe("The error code; see the table of errors."),
    request_id: z.string().describe("Identifies the request in the logs."),
    details: z.array(errorDetailSchema).describe("Every wrong or unknown field at once."),
  })
  .meta({ id: "Error", description: "The body of every response that is an error." });
export type ErrorBody = Shown<typeof errorSchema>;
