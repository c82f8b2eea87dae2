import * as z from "zod";
import type { LocalContext, Resource } from "../../kernel/part.ts";

/** What the local mode needs of an `AWS::Lambda::Function`; defaults are CloudFormation's. */
const Properties = z.object({
  FunctionName: z.string().optional(),
  Code: z.object({ S3Bucket: z.string(), S3Key: z.string() }),
  Handler: z.string(),
  Role: z.string(),
  Timeout: z.coerce.number().positive().default(3),
  MemorySize: z.coerce.number().positive().default(128),
  ReservedConcurrentExecutions: z.coerce.number().int().nonnegative().optional(),
  Environment: z.object({ Variables: z.record(z.string(), z.coerce.string()).default({}) }).optional(),
  LoggingConfig: z.object({ LogGroup: z.string().optional() }).optional(),
});

/** One function as the template describes it. */
export interface FunctionSettings {
  readonly name: string;
  readonly arn: string;
  readonly role: string;
  readonly handler: string;
  readonly codeBucket: string;
  readonly codeKey: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly concurrency: number;
  readonly logGroup: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** Of the thousand that an account has, what a laptop bears for a function that reserves none. */
const UNRESERVED_CONCURRENCY = 10;

export function functionSettings(context: LocalContext, resource: Resource): FunctionSettings {
  const properties = Properties.parse(resource.properties);
  const name = properties.FunctionName ?? resource.physicalName;
  return {
    name,
    arn: `arn:aws:lambda:${context.region}:${context.account}:function:${name}`,
    role: properties.Role,
    handler: properties.Handler,
    codeBucket: properties.Code.S3Bucket,
    codeKey: properties.Code.S3Key,
    timeoutSeconds: properties.Timeout,
    memoryMb: properties.MemorySize,
    concurrency: properties.ReservedConcurrentExecutions ?? UNRESERVED_CONCURRENCY,
    logGroup: properties.LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`,
    variables: properties.Environment?.Variables ?? {},
  };
}

/** The environment variables of an execution environment: the function's own and those that Lambda sets. */
export function environmentOf(
  context: LocalContext,
  settings: FunctionSettings,
  root: string,
  logStream: string,
): Record<string, string> {
  const credentials = context.credentialsFor(settings.role, settings.name);
  return {
    POWERTOOLS_TRACE_ENABLED: "false",
    ...settings.variables,
    PATH: "/var/lang/bin:/usr/local/bin:/usr/bin:/bin",
    TZ: ":UTC",
    LANG: "en_US.UTF-8",
    AWS_REGION: context.region,
    AWS_DEFAULT_REGION: context.region,
    AWS_ENDPOINT_URL: context.awsEndpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_FUNCTION_NAME: settings.name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(settings.memoryMb),
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_LOG_GROUP_NAME: settings.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    LAMBDA_TASK_ROOT: root,
    _HANDLER: settings.handler,
  };
}
