import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A call that reached the stub: its service's operation, its region by the signature, and its body. */
interface StubCall {
  readonly operation: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly body: string;
}

/** A stack as the stub's CloudFormation has it. */
export interface StubStack {
  readonly status?: string;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, string>>;
}

export interface StubAws {
  readonly url: string;
  readonly calls: StubCall[];
  readonly stacks: Map<string, StubStack>;
  /** Answers of JSON operations such as `DynamoDB.Query`, by operation; `{}` for others. */
  readonly answers: Map<string, (input: Record<string, unknown>) => unknown>;
  /** What EC2 answers, as XML by operation; others are not allowed. */
  ec2: Readonly<Record<string, string>>;
  /** The names of the account's load balancers. */
  readonly loadBalancers: Set<string>;
  /** Services whose service-linked roles IAM does not create, or operations of CloudFormation, with the error. */
  readonly refusals: Map<string, { readonly code: string; readonly message: string }>;
  readonly close: () => Promise<void>;
}

interface Asked {
  readonly body: string;
  readonly form: URLSearchParams;
  readonly target: string;
  readonly accessKeyId: string;
  readonly region: string;
}

const account = "123456789012";

/** An HTTP server that answers for the AWS services that the operator's commands call. It knows one account and every key but `unknown`. */
export async function startStubAws(): Promise<StubAws> {
  const calls: StubCall[] = [];
  const stacks: StubAws["stacks"] = new Map();
  const answers: StubAws["answers"] = new Map();
  const refusals: StubAws["refusals"] = new Map();
  const loadBalancers: StubAws["loadBalancers"] = new Set();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      const [, accessKeyId = "", region = ""] =
        /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? "") ?? [];
      const target = String(request.headers["x-amz-target"] ?? "");
      const form = new URLSearchParams(body);
      const operation = target.replace(/_\d+\./, ".") || (form.get("Action") ?? `${request.method} ${request.url}`);
      calls.push({ operation, region, accessKeyId, body });
      const answer = respond(operation, { body, form, target, accessKeyId, region });
      response.writeHead(answer.status, { "content-type": answer.type }).end(answer.body);
    });
  });
  const respond = (
    operation: string,
    { body, form, target, accessKeyId, region }: Asked,
  ): { status: number; type: string; body: string } => {
    if (target !== "") {
      const answer = answers.get(operation)?.(JSON.parse(body)) ?? {};
      return { status: 200, type: "application/x-amz-json-1.0", body: JSON.stringify(answer) };
    }
    const xml = (status: number, content: string) => ({ status, type: "text/xml", body: content });
    const failed = (code: string, message: string, status = 400) =>
      xml(
        status,
        `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
      );
    if (operation === "GetCallerIdentity") {
      if (accessKeyId === "expired") return failed("ExpiredToken", "The security token has expired.", 403);
      if (region === "nowhere") return failed("InvalidRegion", "There is no such region.", 400);
      if (accessKeyId === "unknown") return failed("InvalidClientTokenId", "The security token is invalid.", 403);
      return xml(
        200,
        result(operation, `<Arn>arn:aws:iam::${account}:user/${accessKeyId}</Arn><Account>${account}</Account>`),
      );
    }
    if (operation === "CreateServiceLinkedRole") {
      const service = form.get("AWSServiceName") ?? "";
      const refusal = refusals.get(service);
      if (refusal !== undefined) return failed(refusal.code, refusal.message, 403);
      return xml(200, result(operation, "<Role></Role>"));
    }
    const refusal = refusals.get(operation);
    if (refusal !== undefined) return failed(refusal.code, refusal.message, 403);
    const name = form.get("StackName") ?? "";
    const stack = stacks.get(name);
    if (operation === "DescribeStacks" || operation === "GetTemplateSummary") {
      if (stack === undefined) return failed("ValidationError", `Stack with id ${name} does not exist`);
      return xml(200, result(operation, operation === "DescribeStacks" ? describe(name, stack) : summary(stack)));
    }
    if (operation === "DescribeLoadBalancers" || operation === "DeleteLoadBalancer") {
      const arnOf = (balancer: string) =>
        `arn:aws:elasticloadbalancing:${region}:${account}:loadbalancer/app/${balancer}/1`;
      const asked = form.get("LoadBalancerArns.member.1") ?? form.get("LoadBalancerArn");
      const found = [...loadBalancers].filter((one) => asked === null || arnOf(one) === asked);
      if (asked !== null && found.length === 0) return failed("LoadBalancerNotFound", "It is gone.");
      if (operation === "DeleteLoadBalancer") for (const one of found) loadBalancers.delete(one);
      const shown = found.map((one) => `<member><LoadBalancerArn>${arnOf(one)}</LoadBalancerArn></member>`).join("");
      return xml(200, result(operation, `<LoadBalancers>${shown}</LoadBalancers>`));
    }
    if (form.get("Version") === ec2Version) {
      const content = stub.ec2[operation];
      if (content !== undefined) return xml(200, `<${operation}Response>${content}</${operation}Response>`);
      const refused = "<Code>UnauthorizedOperation</Code><Message>You are not authorized.</Message>";
      return xml(403, `<Response><Errors><Error>${refused}</Error></Errors><RequestID>1</RequestID></Response>`);
    }
    return xml(200, "");
  };
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const stub: StubAws = {
    url: `http://127.0.0.1:${port}`,
    calls,
    stacks,
    answers,
    ec2: {},
    loadBalancers,
    refusals,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
  return stub;
}

const ec2Version = "2016-11-15";

const result = (operation: string, content: string): string =>
  `<${operation}Response><${operation}Result>${content}</${operation}Result></${operation}Response>`;

const members = (pairs: Readonly<Record<string, string>> = {}, kind: "Output" | "Parameter"): string =>
  Object.entries(pairs)
    .map(([key, value]) => `<member><${kind}Key>${key}</${kind}Key><${kind}Value>${value}</${kind}Value></member>`)
    .join("");

const describe = (name: string, { status = "CREATE_COMPLETE", outputs, parameters }: StubStack): string =>
  `<Stacks><member><StackName>${name}</StackName><StackStatus>${status}</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime><Outputs>${members(outputs, "Output")}</Outputs><Parameters>${members(parameters, "Parameter")}</Parameters></member></Stacks>`;

const summary = ({ settings = {} }: StubStack): string =>
  `<Metadata>${JSON.stringify({ "Slipway::Settings": settings })}</Metadata>`;
