import type * as z from "zod";

type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T;

/** What is answered by a schema: nobody changes it on its way out. */
export type Shown<Schema extends z.ZodType> = Frozen<z.output<Schema>>;
