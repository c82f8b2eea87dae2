import * as z from "zod";
import type { ImageSettings } from "../image-config.ts";

export const imageSettingsSchema: z.ZodType<ImageSettings> = z.object({
  port: z.number().int().nullable(),
  health_check_path: z.string().nullable(),
});
