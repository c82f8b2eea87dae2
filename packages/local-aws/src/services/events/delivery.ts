import * as z from "zod";

/** To whom something is delivered, and how hard that is tried. Kept with each delivery, so that a restart needs no rule for it. */
const targetSchema = z.object({
  /** An SQS queue, a Lambda function, or a log group. */
  arn: z.string(),
  /** Whose permissions are used; absent: those of the delivering service, which resource policies grant. */
  roleArn: z.string().optional(),
  /** The rule or schedule, for conditions on `aws:SourceArn`. */
  sourceArn: z.string(),
  messageGroupId: z.string().optional(),
  deadLetterArn: z.string().optional(),
  maximumRetryAttempts: z.number(),
  maximumEventAgeInSeconds: z.number(),
});
export type Target = z.infer<typeof targetSchema>;

/** Something on its way: recorded before the first attempt, struck off after the last. */
export const deliverySchema = z.object({
  /** Sorts by time. */
  id: z.string(),
  target: targetSchema,
  input: z.string(),
  /** Epoch milliseconds. */
  since: z.number(),
  attempts: z.number(),
});
export type Delivery = z.infer<typeof deliverySchema>;

/** A target's kind by its ARN. */
export type TargetKind = "sqs" | "lambda" | "logs";

const KINDS: readonly (readonly [RegExp, TargetKind])[] = [
  [/^arn:aws:sqs:[^:]+:\d{12}:[A-Za-z0-9_.-]+$/, "sqs"],
  [/^arn:aws:lambda:[^:]+:\d{12}:function:[A-Za-z0-9_-]+(:[A-Za-z0-9$_-]+)?$/, "lambda"],
  [/^arn:aws:logs:[^:]+:\d{12}:log-group:[^:]+(:\*)?$/, "logs"],
];

/** How often Lambda itself repeats an asynchronous invocation whose function fails. */
const ASYNCHRONOUS_RETRIES = 2;

/** `undefined` for an ARN to which the local mode delivers nothing. */
export function kindOf(arn: string): TargetKind | undefined {
  return KINDS.find(([shape]) => shape.test(arn))?.[1];
}

/** `RetryPolicy` of rules' targets and of schedules, with EventBridge's defaults. */
export const retryPolicySchema = z
  .object({
    MaximumRetryAttempts: z.coerce.number().int().min(0).max(185).default(185),
    MaximumEventAgeInSeconds: z.coerce.number().int().min(60).max(86400).default(86400),
  })
  .prefault({});
export const deadLetterSchema = z.object({ Arn: z.string() });
export const sqsParametersSchema = z.object({ MessageGroupId: z.string().optional() });

interface TargetProperties {
  readonly Arn: string;
  readonly RoleArn?: string | undefined;
  readonly RetryPolicy: z.infer<typeof retryPolicySchema>;
  readonly DeadLetterConfig?: { readonly Arn: string } | undefined;
  readonly SqsParameters?: { readonly MessageGroupId?: string | undefined } | undefined;
}

/** A target as templates describe it. Throws an error that names an ARN to which the local mode delivers nothing. */
export function targetFrom(properties: TargetProperties, sourceArn: string): Target {
  const { Arn, RoleArn, RetryPolicy, DeadLetterConfig, SqsParameters } = properties;
  const kind = kindOf(Arn);
  if (kind === undefined)
    throw new Error(`The local mode delivers to queues, functions and log groups, not to ${Arn}.`);
  const attempts = RetryPolicy.MaximumRetryAttempts;
  return {
    arn: Arn,
    sourceArn,
    maximumRetryAttempts: kind === "lambda" ? Math.min(ASYNCHRONOUS_RETRIES, attempts) : attempts,
    maximumEventAgeInSeconds: RetryPolicy.MaximumEventAgeInSeconds,
    ...(RoleArn === undefined ? {} : { roleArn: RoleArn }),
    ...(SqsParameters?.MessageGroupId === undefined ? {} : { messageGroupId: SqsParameters.MessageGroupId }),
    ...(DeadLetterConfig === undefined ? {} : { deadLetterArn: DeadLetterConfig.Arn }),
  };
}
