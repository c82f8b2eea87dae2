import type { ComponentType } from "react";
import { CronFields } from "./cron-fields.tsx";
import { BuildVariableFields, EnvironmentFields } from "./environment-fields.tsx";
import { GitTokenField } from "./git-token-field.tsx";
import { ProcessFields } from "./process-fields.tsx";
import type { SectionName } from "./sections.ts";
import { SizeFields } from "./size-fields.tsx";
import { RollbackFields, StrategyFields } from "./strategy-fields.tsx";
import type { AppForm } from "./use-app-form.ts";

/** The controls that a section has after its plain fields, for settings that are more than one control. */
export const formParts: Readonly<Partial<Record<SectionName, ComponentType<{ readonly form: AppForm }>>>> = {
  source: GitTokenField,
  build: BuildVariableFields,
  variables: EnvironmentFields,
  size: SizeFields,
  release: StrategyFields,
  rollback: RollbackFields,
  processes: ProcessFields,
  crons: CronFields,
};
