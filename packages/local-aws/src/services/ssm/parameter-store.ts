import * as z from "zod";
import { type Encryption, openEncryption } from "../../kernel/encryption.ts";
import type { LocalContext } from "../../kernel/part.ts";
import { AwsError } from "../../kernel/service.ts";

const parameterSchema = z.object({
  name: z.string(),
  type: z.enum(["String", "StringList", "SecureString"]),
  /** Encrypted where the type is SecureString. */
  value: z.string(),
  tier: z.enum(["Standard", "Advanced"]),
  version: z.number(),
  /** Epoch milliseconds. */
  modified: z.number(),
  /** What the template said when it last wrote this parameter. */
  templateValue: z.string().optional(),
});

export type StoredParameter = z.infer<typeof parameterSchema>;
type ParameterType = StoredParameter["type"];

interface NewValue {
  readonly name: string;
  /** May be left out only for a parameter that exists. */
  readonly type: ParameterType | undefined;
  readonly value: string;
  readonly overwrite: boolean;
  readonly tier: "Standard" | "Advanced" | "Intelligent-Tiering" | undefined;
  readonly templateValue?: string;
}

/** The parameters of one account and region, kept in the context's state; SecureStrings only encrypted. */
export interface ParameterStore {
  find(name: string): StoredParameter | undefined;
  /** By name, which is how GetParametersByPath orders them. */
  all(): readonly StoredParameter[];
  /** Throws `ParameterAlreadyExists` unless `overwrite`, `ValidationException` for a value over its tier's limit. */
  put(parameter: NewValue): StoredParameter;
  /** Whether there was one. */
  remove(name: string): boolean;
  /** In clear. */
  reveal(parameter: StoredParameter): string;
}

/** Bytes, by tier. */
const LIMITS = { Standard: 4096, Advanced: 8192 } as const;

function tierFor(parameter: NewValue): "Standard" | "Advanced" {
  const bytes = Buffer.byteLength(parameter.value);
  const asked = parameter.tier ?? "Standard";
  const tier = asked === "Intelligent-Tiering" ? (bytes > LIMITS.Standard ? "Advanced" : "Standard") : asked;
  if (bytes <= LIMITS[tier]) return tier;
  throw new AwsError(
    "ValidationException",
    `${tier} tier parameters support a maximum parameter value of ${LIMITS[tier]} characters.`,
  );
}

function typeFor(parameter: NewValue, existing: StoredParameter | undefined): ParameterType {
  const type = parameter.type ?? existing?.type;
  if (type !== undefined) return type;
  throw new AwsError("ValidationException", "A parameter type is required when you create a parameter.");
}

function mayWrite(parameter: NewValue, existing: StoredParameter | undefined): void {
  if (existing === undefined || parameter.overwrite) return;
  throw new AwsError(
    "ParameterAlreadyExists",
    "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
  );
}

const sealedAs = (name: string) => `ssm:${name}`;

function sealed(encryption: Encryption, type: ParameterType, parameter: NewValue): string {
  return type === "SecureString" ? encryption.encrypt(sealedAs(parameter.name), parameter.value) : parameter.value;
}

/** Opens what `<data>` holds of Parameter Store. */
export function openParameterStore(context: LocalContext): ParameterStore {
  const parameters = context.state.collection("ssm-parameters", parameterSchema);
  const encryption = openEncryption(context.dataDir);
  return {
    find: (name) => parameters.get(name),
    all: () => parameters.all(),
    put(parameter) {
      const existing = parameters.get(parameter.name);
      mayWrite(parameter, existing);
      const type = typeFor(parameter, existing);
      const templateValue = parameter.templateValue ?? existing?.templateValue;
      const stored = {
        name: parameter.name,
        type,
        value: sealed(encryption, type, parameter),
        tier: tierFor(parameter),
        version: (existing?.version ?? 0) + 1,
        modified: context.clock.now(),
        ...(templateValue === undefined ? {} : { templateValue }),
      };
      parameters.put(parameter.name, stored);
      return stored;
    },
    remove(name) {
      const known = parameters.get(name) !== undefined;
      parameters.delete(name);
      return known;
    },
    reveal: (parameter) =>
      parameter.type === "SecureString"
        ? encryption.decrypt(sealedAs(parameter.name), parameter.value)
        : parameter.value,
  };
}
