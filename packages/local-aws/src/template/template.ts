import * as z from "zod";

const TemplateSchema = z.looseObject({
  Parameters: z
    .record(
      z.string(),
      z.looseObject({
        Type: z.string(),
        Default: z.union([z.string(), z.number()]).transform(String).optional(),
        AllowedValues: z.array(z.union([z.string(), z.number()]).transform(String)).optional(),
        AllowedPattern: z.string().optional(),
      }),
    )
    .default({}),
  Mappings: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown()))).default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Resources: z.record(
    z.string(),
    z.looseObject({
      Type: z.string(),
      Properties: z.record(z.string(), z.unknown()).default({}),
      Condition: z.string().optional(),
      DependsOn: z.union([z.string().transform((one) => [one]), z.array(z.string())]).default([]),
    }),
  ),
  Outputs: z.record(z.string(), z.looseObject({ Value: z.unknown(), Condition: z.string().optional() })).default({}),
});

/** A CloudFormation template as far as the local mode reads it: `Rules`, `Metadata` and the like are ignored. */
export type Template = z.infer<typeof TemplateSchema>;

/** Throws an error that says what is wrong where. */
export function parseTemplate(value: unknown): Template {
  const parsed = TemplateSchema.safeParse(value);
  if (!parsed.success) throw new Error(`Not a CloudFormation template: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
