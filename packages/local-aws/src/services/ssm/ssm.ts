import * as z from "zod";
import { operationsOf } from "../../kernel/operation.ts";
import type { LocalContext, LocalPart, ResourceProvider } from "../../kernel/part.ts";
import { AwsError, type Operation, type Permission } from "../../kernel/service.ts";

import { openParameterStore, type ParameterStore, type StoredParameter } from "./parameter-store.ts";
import { writeThrottle } from "./throttle.ts";

const operation = operationsOf("ValidationException");

const name = z
  .string()
  .min(1)
  .max(1011)
  .regex(/^[a-zA-Z0-9_.\-/]+$/, "Only a mix of letters, numbers and the following 4 symbols .-_/ is allowed.");
const names = z.array(name).min(1).max(10);
const type = z.enum(["String", "StringList", "SecureString"]);

const putInput = z.object({
  Name: name,
  Value: z.string().min(1),
  Type: type.optional(),
  Overwrite: z.boolean().default(false),
  Tier: z.enum(["Standard", "Advanced", "Intelligent-Tiering"]).optional(),
});
const getInput = z.object({ Name: name, WithDecryption: z.boolean().default(false) });
const getManyInput = z.object({ Names: names, WithDecryption: z.boolean().default(false) });
const byPathInput = z.object({
  Path: name.startsWith("/", "The parameter path must begin with a slash."),
  Recursive: z.boolean().default(false),
  WithDecryption: z.boolean().default(false),
  MaxResults: z.int().min(1).max(10).default(10),
  NextToken: z.string().optional(),
});
const deleteInput = z.object({ Names: names });

/** `parameter` and the name, which has one slash before it whether it begins with one or not. */
function arnOf(context: LocalContext, parameterName: string): string {
  const path = parameterName.startsWith("/") ? parameterName : `/${parameterName}`;
  return `arn:aws:ssm:${context.region}:${context.account}:parameter${path === "/" ? "/" : path.replace(/\/$/, "")}`;
}

type Describe = (parameter: StoredParameter, decrypt: boolean) => Readonly<Record<string, unknown>>;

function describeWith(context: LocalContext, store: ParameterStore): Describe {
  return (parameter, decrypt) => ({
    Name: parameter.name,
    Type: parameter.type,
    Value: decrypt ? store.reveal(parameter) : parameter.value,
    Version: parameter.version,
    LastModifiedDate: parameter.modified / 1000,
    ARN: arnOf(context, parameter.name),
    DataType: "text",
  });
}

const isParameter = (found: StoredParameter | undefined): found is StoredParameter => found !== undefined;

function under(path: string, recursive: boolean): (parameter: StoredParameter) => boolean {
  const prefix = path.endsWith("/") ? path : `${path}/`;
  return ({ name: candidate }) =>
    candidate.startsWith(prefix) && (recursive || !candidate.slice(prefix.length).includes("/"));
}

/** The token is the last name of the page before. */
function byPath(store: ParameterStore, describe: Describe, input: z.infer<typeof byPathInput>): unknown {
  const after = input.NextToken === undefined ? "" : Buffer.from(input.NextToken, "base64url").toString("utf8");
  const rest = store
    .all()
    .filter(under(input.Path, input.Recursive))
    .filter((found) => found.name > after);
  const page = rest.slice(0, input.MaxResults);
  const last = page.at(-1);
  const more = last !== undefined && rest.length > page.length;
  return {
    Parameters: page.map((found) => describe(found, input.WithDecryption)),
    ...(more ? { NextToken: Buffer.from(last.name).toString("base64url") } : {}),
  };
}

function operations(context: LocalContext, store: ParameterStore): Readonly<Record<string, Operation>> {
  const describe = describeWith(context, store);
  const throttle = writeThrottle(context.clock);
  const allow = (action: string, wanted: readonly string[]): Permission[] =>
    wanted.map((one) => ({ action: `ssm:${action}`, resource: arnOf(context, one) }));
  return {
    PutParameter: operation(putInput, {
      permissions: (input) => allow("PutParameter", [input.Name]),
      run(input) {
        throttle();
        const put = { name: input.Name, type: input.Type, value: input.Value, overwrite: input.Overwrite };
        const { version, tier } = store.put({ ...put, tier: input.Tier });
        return { Version: version, Tier: tier };
      },
    }),
    GetParameter: operation(getInput, {
      permissions: (input) => allow("GetParameter", [input.Name]),
      run(input) {
        const found = store.find(input.Name);
        if (found === undefined) throw new AwsError("ParameterNotFound", `Parameter ${input.Name} not found.`);
        return { Parameter: describe(found, input.WithDecryption) };
      },
    }),
    GetParameters: operation(getManyInput, {
      permissions: (input) => allow("GetParameters", input.Names),
      run: (input) => ({
        Parameters: input.Names.map(store.find)
          .filter(isParameter)
          .map((found) => describe(found, input.WithDecryption)),
        InvalidParameters: input.Names.filter((wanted) => store.find(wanted) === undefined),
      }),
    }),
    GetParametersByPath: operation(byPathInput, {
      permissions: (input) => allow("GetParametersByPath", [input.Path]),
      run: (input) => byPath(store, describe, input),
    }),
    DeleteParameters: operation(deleteInput, {
      permissions: (input) => allow("DeleteParameters", input.Names),
      run(input) {
        const outcomes = input.Names.map((wanted) => ({ wanted, removed: store.remove(wanted) }));
        const where = (removed: boolean) => outcomes.filter((one) => one.removed === removed).map((one) => one.wanted);
        return { DeletedParameters: where(true), InvalidParameters: where(false) };
      },
    }),
  };
}

const parameterProperties = z.object({
  Name: name.optional(),
  Type: z.enum(["String", "StringList"]),
  Value: z.string().min(1),
  Tier: z.enum(["Standard", "Advanced", "Intelligent-Tiering"]).optional(),
});

/** Writes a value once for each value the template has: what somebody put since then stays, as it does with CloudFormation. */
function parameterProvider(store: ParameterStore): ResourceProvider {
  return {
    type: "AWS::SSM::Parameter",
    ensure(resource) {
      const { Name = resource.physicalName, Type, Value, Tier } = parameterProperties.parse(resource.properties);
      const template = { name: Name, type: Type, value: Value, overwrite: true, tier: Tier, templateValue: Value };
      const existing = store.find(Name);
      const current = existing?.templateValue === Value ? existing : store.put(template);
      return { ref: Name, attributes: { Type: current.type, Value: store.reveal(current) } };
    },
  };
}

/** Systems Manager's Parameter Store; SecureStrings lie encrypted in the data directory. */
export function createSsm(context: LocalContext): LocalPart {
  const store = openParameterStore(context);
  return {
    services: [
      { kind: "json", scope: "ssm", dialect: "application/x-amz-json-1.1", operations: operations(context, store) },
    ],
    providers: [parameterProvider(store)],
    close: async () => undefined,
  };
}
