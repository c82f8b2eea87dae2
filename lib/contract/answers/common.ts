import * as z from "zod";

export const id = z.number().int().positive();
export const timestamp = z.string().meta({ format: "date-time" });

/** `{success, data}`, as all but the deployments' own POSTs answer. */
export const enveloped = <Data extends z.ZodType>(data: Data) => z.object({ success: z.literal(true), data });

/** A page of a list: `next_cursor` is `null` on the last one. */
export const paged = <Item extends z.ZodType>(item: Item) =>
  z.object({
    success: z.literal(true),
    next_cursor: z.string().nullable().describe("Where to go on; `null`: this was the last page."),
    data: z.array(item),
  });

export const errorSchema = z
  .object({
    success: z.literal(false),
    error: z.string().describe("A sentence that tells a person what to do."),
    code: z.string().describe("Which error it is; see the table of errors."),
    request_id: z.string().describe("By which the request is found in the logs."),
    details: z
      .array(
        z
          .object({ field: z.string().describe("`strategy.bakeMinutes`"), message: z.string() })
          .meta({ id: "ErrorDetail", description: "One field that is wrong or unknown." }),
      )
      .describe("Every wrong or unknown field at once."),
  })
  .meta({ id: "Error", description: "A refusal, whoever answers." });
