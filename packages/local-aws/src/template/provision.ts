import { createHash } from "node:crypto";
import type { LocalContext, ProvidedResource, Resource, ResourceProvider } from "../kernel/part.ts";
import { createConditions } from "./conditions.ts";
import { evaluate, NO_VALUE, type Scope, TemplateError } from "./evaluate.ts";
import { dependencyOrder } from "./order.ts";
import { parameterValues } from "./parameters.ts";
import { parseTemplate, type Template } from "./template.ts";

export interface ProvisionOptions {
  /** The parsed JSON of a synthesized template. */
  readonly template: unknown;
  /** Values of parameters that shall not have their default. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The first provider of a type is the one that counts. */
  readonly providers: readonly ResourceProvider[];
  /** Types that need not exist, each with the reason why. `Ref` to one yields its physical name; it has no attributes. */
  readonly ignoredTypes: Readonly<Record<string, string>>;
  readonly pseudo: Pick<LocalContext, "account" | "region"> & { readonly stackName: string };
  /** Applied to each string of properties and outputs once it is whole: what turns an execute-api address into a local one. */
  readonly rewrite: (value: string) => string;
}

interface Provisioned {
  readonly type: string;
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Evaluated, as the provider got them. */
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface Provision {
  readonly outputs: Readonly<Record<string, string>>;
  /** By logical id, in the order in which they were made. */
  readonly resources: ReadonlyMap<string, Provisioned>;
}

const MAX_NAME = 64;

/** `<StackName>-<LogicalId>`; one that is too long keeps its beginning and ends in a digest of the whole. */
function physicalName(stackName: string, logicalId: string): string {
  const name = `${stackName}-${logicalId}`;
  if (name.length <= MAX_NAME) return name;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return `${name.slice(0, MAX_NAME - digest.length - 1)}-${digest}`;
}

function pseudoParameters({ account, region, stackName }: ProvisionOptions["pseudo"]): Map<string, unknown> {
  const id = createHash("sha256").update(`${account}/${region}/${stackName}`).digest("hex");
  const uuid = [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20, 32)].join("-");
  return new Map<string, unknown>([
    ["AWS::AccountId", account],
    ["AWS::NoValue", NO_VALUE],
    ["AWS::NotificationARNs", []],
    ["AWS::Partition", "aws"],
    ["AWS::Region", region],
    ["AWS::StackId", `arn:aws:cloudformation:${region}:${account}:stack/${stackName}/${uuid}`],
    ["AWS::StackName", stackName],
    ["AWS::URLSuffix", "amazonaws.com"],
  ]);
}

function scopeOf(
  template: Template,
  names: ReadonlyMap<string, unknown>,
  made: ReadonlyMap<string, Provisioned>,
): Scope {
  const scope = {
    reference: (name: string) => names.get(name) ?? made.get(name)?.ref,
    attribute: (logicalId: string, name: string) => {
      const attributes = made.get(logicalId)?.attributes ?? {};
      return Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    },
    mapping: (map: string, key: string, name: string) => template.Mappings[map]?.[key]?.[name],
    zones: (region: string) => ["a", "b", "c"].map((zone) => region + zone),
  };
  return { ...scope, condition: createConditions(template.Conditions, scope) };
}

/** Whether something with that `Condition` exists at all. */
function wanted(condition: string | undefined, scope: Scope, path: string): boolean {
  const holds = condition === undefined ? true : scope.condition(condition);
  if (holds === undefined) throw new TemplateError(path, `there is no condition ${condition}`);
  return holds;
}

function mapStrings(value: unknown, rewrite: (value: string) => string): unknown {
  if (typeof value === "string") return rewrite(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, rewrite));
  return typeof value === "object" && value !== null ? mapProperties(value, rewrite) : value;
}

function mapProperties(value: object, rewrite: (value: string) => string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapStrings(inner, rewrite)]));
}

async function provide(resource: Resource, options: ProvisionOptions): Promise<ProvidedResource> {
  const { type, logicalId, physicalName: ref } = resource;
  const provider = options.providers.find((one) => one.type === type);
  if (provider === undefined) {
    if (Object.hasOwn(options.ignoredTypes, type)) return { ref };
    throw new TemplateError(`Resources.${logicalId}`, `the local mode cannot make an ${type}`);
  }
  try {
    return await provider.ensure(resource);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Resources.${logicalId}: could not make this ${type}: ${reason}`, { cause });
  }
}

/**
 * Makes the template's resources exist, each after what it depends on. Throws an error that begins with the path of what is
 * wrong: an intrinsic or type that is not known here, a missing name, a cycle, or what a provider objected to.
 */
export async function provision(options: ProvisionOptions): Promise<Provision> {
  const { pseudo, rewrite } = options;
  const template = parseTemplate(options.template);
  const names = new Map([...parameterValues(template, options.parameters), ...pseudoParameters(pseudo)]);
  const made = new Map<string, Provisioned>();
  const scope = scopeOf(template, names, made);
  const present = Object.entries(template.Resources).filter(([logicalId, { Condition }]) =>
    wanted(Condition, scope, `Resources.${logicalId}`),
  );
  const resources = Object.fromEntries(present);
  for (const logicalId of dependencyOrder(resources)) {
    const { Type: type = "", Properties = {} } = resources[logicalId] ?? {};
    const evaluated = evaluate(Properties, scope, `Resources.${logicalId}.Properties`);
    const properties = mapProperties(Object(evaluated), rewrite);
    const name = physicalName(pseudo.stackName, logicalId);
    const { ref, attributes = {} } = await provide({ logicalId, type, physicalName: name, properties }, options);
    made.set(logicalId, { type, ref, attributes, properties });
  }
  return { outputs: outputsOf(template, scope, rewrite), resources: made };
}

function outputsOf(template: Template, scope: Scope, rewrite: (value: string) => string): Record<string, string> {
  const present = Object.entries(template.Outputs).filter(([name, { Condition }]) =>
    wanted(Condition, scope, `Outputs.${name}`),
  );
  return Object.fromEntries(
    present.map(([name, { Value }]) => [name, rewrite(String(evaluate(Value, scope, `Outputs.${name}`)))]),
  );
}
