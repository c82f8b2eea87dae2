import * as z from "zod";
import { operationsOf } from "../../kernel/operation.ts";
import type { LocalContext, LocalPart } from "../../kernel/part.ts";
import { AwsError, type Caller, type Operation } from "../../kernel/service.ts";
import type { Iam } from "../iam/iam.ts";
import { parsePolicy, type Statement } from "../iam/policy.ts";

/** A role that a role assumes lasts so long and no longer, whatever the role allows. */
const CHAINED_SECONDS = 3600;
const MOST_POLICY_CHARACTERS = 2048;

const assumeInput = z.object({
  RoleArn: z.string().min(20).max(2048),
  RoleSessionName: z
    .string()
    .min(2)
    .max(64)
    .regex(/^[\w+=,.@-]*$/),
  DurationSeconds: z.coerce.number().int().min(900).max(43_200).default(CHAINED_SECONDS),
  Policy: z.string().min(1).max(MOST_POLICY_CHARACTERS).optional(),
});

function policyOf(text: string | undefined): readonly Statement[] | null {
  if (text === undefined) return null;
  try {
    return parsePolicy(JSON.parse(text), "Policy");
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw Object.assign(new AwsError("MalformedPolicyDocument", message), { cause });
  }
}

function refuseDuration(seconds: number, { roleArn }: Caller): void {
  if (roleArn === null || seconds <= CHAINED_SECONDS) return;
  throw new AwsError(
    "ValidationError",
    "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
  );
}

type Sessions = Pick<Iam, "assume" | "mayBeAssumedBy">;

function assumeOperation({ account, clock }: LocalContext, iam: Sessions): Operation {
  return operationsOf("ValidationError")(assumeInput, {
    permissions: ({ RoleArn }) => [{ action: "sts:AssumeRole", resource: RoleArn }],
    run: ({ RoleArn, RoleSessionName, DurationSeconds, Policy }, caller) => {
      if (!iam.mayBeAssumedBy(RoleArn, caller)) {
        const message = `User: ${caller.roleArn ?? caller.name} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`;
        throw new AwsError("AccessDenied", message, 403);
      }
      refuseDuration(DurationSeconds, caller);
      const expiresAt = clock.now() + DurationSeconds * 1000;
      const session = { roleArn: RoleArn, name: RoleSessionName, policy: policyOf(Policy), expiresAt };
      const { accessKeyId, secretAccessKey, sessionToken } = iam.assume(session);
      const role = RoleArn.slice(RoleArn.lastIndexOf("/") + 1);
      return {
        Credentials: {
          AccessKeyId: accessKeyId,
          SecretAccessKey: secretAccessKey,
          SessionToken: sessionToken,
          Expiration: new Date(expiresAt).toISOString(),
        },
        AssumedRoleUser: {
          AssumedRoleId: `${accessKeyId}:${RoleSessionName}`,
          Arn: `arn:aws:sts::${account}:assumed-role/${role}/${RoleSessionName}`,
        },
      };
    },
  });
}

/** STS: roles that are assumed, with a session policy or without. Who may is asked of IAM's policies and of the role's trust policy. */
export function createSts(context: LocalContext, iam: Sessions): LocalPart {
  const operations = { AssumeRole: assumeOperation(context, iam) };
  return {
    services: [{ kind: "query", scope: "sts", dialect: "https://sts.amazonaws.com/doc/2011-06-15/", operations }],
    providers: [],
    close: async () => {},
  };
}
