/**
 * The interface of a local AWS service: data, not control flow.
 * A service is a table of operations; what each needs of IAM stands beside what it does.
 */

/** Who signed a request. The access key names them, the signature proves it. */
export interface Caller {
  /** The function, build or task that calls, or an AWS service principal such as `events.amazonaws.com`. */
  readonly name: string;
  /** The role whose policies are evaluated; `null` for AWS service principals and for the local mode itself. */
  readonly roleArn: string | null;
  /** Set when an AWS service acts by itself: only resource policies can allow it anything. */
  readonly servicePrincipal?: string;
  /** Set when the role was assumed with a session policy: the session may do what both allow. */
  readonly session?: string;
}

/** One thing IAM is asked about. All permissions of a call must be allowed. */
export interface Permission {
  /** As in a policy: `sqs:SendMessage`. */
  readonly action: string;
  /** The ARN, or `*` for actions without resource-level permissions. */
  readonly resource: string;
  /** Condition keys and their values: `{"iam:PassedToService": "ecs-tasks.amazonaws.com"}`. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

/** An operation of a JSON or query protocol service. `Input` is what its own zod schema yields. */
export interface Operation {
  /** What IAM is asked before `run`. Throws {@link AwsError} `ValidationException` for an input it cannot read. */
  permissions(input: unknown, caller: Caller): readonly Permission[];
  run(input: unknown, caller: Caller): Promise<unknown> | unknown;
}

/** A service with `X-Amz-Target: Prefix.Operation` (`json`) or `Action=Operation` form posts and XML answers (`query`). */
export interface OperationsService {
  readonly kind: "json" | "query";
  /** The SigV4 credential scope, by which the endpoint routes: `ecs`, `elasticloadbalancing`, `events`. */
  readonly scope: string;
  /** For `query`: the XML namespace of the answers. For `json`: the content type, `application/x-amz-json-1.1` or `-1.0`. */
  readonly dialect: string;
  readonly operations: Readonly<Record<string, Operation>>;
}

export interface WireRequest {
  readonly method: string;
  /** Path with query, as received. */
  readonly url: URL;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** A service whose protocol is plain HTTP: S3, `@connections` of API Gateway, EventBridge Scheduler. */
export interface HttpService {
  readonly kind: "http";
  readonly scope: string;
  permissions(request: WireRequest, caller: Caller): readonly Permission[];
  handle(request: WireRequest, caller: Caller): Promise<WireResponse>;
  /** The service's own way to say no: XML, headers, or JSON. */
  refuse(error: AwsError): WireResponse;
}

export type AwsService = OperationsService | HttpService;

/** An error in the service's own protocol: `code` is the shape's name as the SDKs expect it. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  /** Members of the error's shape beside its message: `CancellationReasons`, `Item`. Only JSON services answer them. */
  readonly details: Readonly<Record<string, unknown>>;
  constructor(code: string, message: string, status = 400, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = "AwsError";
    this.code = code;
    this.status = status;
    this.details = details;
  }
}
