import type { LocalContext } from "../../kernel/part.ts";
import { AwsError, type HttpService, type WireRequest, type WireResponse } from "../../kernel/service.ts";
import { type Connection, MAX_MESSAGE_BYTES } from "./connection.ts";
import { type FaultOf, meet } from "./faults.ts";

interface Target {
  readonly apiId: string;
  readonly stage: string;
  readonly connectionId: string;
}

/** Where a connection is found. */
export interface ConnectionDirectory {
  find(apiId: string, stage: string, connectionId: string): Connection | undefined;
}

const NOTHING: WireResponse = { status: 200, headers: { "content-type": "application/json" }, body: "" };

/** `/_ws/<api>/<stage>/@connections/<id>`, or `/<stage>/@connections/<id>` with the API's own `Host`. Throws `NotFoundException`. */
function targetOf(request: WireRequest): Target {
  const host = /^([a-z0-9]+)\.execute-api\./.exec(request.headers.host ?? "")?.[1];
  const path = host === undefined ? request.url.pathname : `/_ws/${host}${request.url.pathname}`;
  const [, apiId, stage, id] =
    /^\/_ws\/([^/]+)\/([^/]+)\/@connections\/([^/]+)$/.exec(path.replaceAll(/%40/g, "@")) ?? [];
  if (apiId === undefined || stage === undefined || id === undefined)
    throw new AwsError("NotFoundException", "Not Found", 404);
  return { apiId, stage, connectionId: id.replaceAll(/%3d/gi, "=") };
}

function gone(): AwsError {
  return new AwsError("GoneException", "Gone", 410);
}

function post(connection: Connection, body: Buffer): WireResponse {
  if (body.length > MAX_MESSAGE_BYTES) throw new AwsError("PayloadTooLargeException", "Message too long", 413);
  if (!connection.send(body)) throw gone();
  return NOTHING;
}

function describe(connection: Connection): WireResponse {
  const { connectedAt, sourceIp, userAgent } = connection.identity;
  const body = JSON.stringify({
    connectedAt: new Date(connectedAt).toISOString(),
    identity: { sourceIp, userAgent: userAgent ?? null },
    lastActiveAt: new Date(connection.lastActiveAt()).toISOString(),
  });
  return { ...NOTHING, body };
}

function disconnect(connection: Connection): WireResponse {
  connection.close();
  return { ...NOTHING, status: 204 };
}

const METHODS: Readonly<Record<string, (connection: Connection, body: Buffer) => WireResponse>> = {
  POST: post,
  GET: describe,
  DELETE: disconnect,
};

/** API Gateway's `@connections`: a connection that is gone, or not open yet, answers 410 `GoneException`. */
export function connectionsService(
  context: LocalContext,
  directory: ConnectionDirectory,
  faultOf: FaultOf = () => null,
): HttpService {
  return {
    kind: "http",
    scope: "execute-api",
    permissions: (request) => {
      const { apiId, stage, connectionId } = targetOf(request);
      const path = `${apiId}/${stage}/${request.method}/@connections/${connectionId}`;
      const resource = `arn:aws:execute-api:${context.region}:${context.account}:${path}`;
      return [{ action: "execute-api:ManageConnections", resource }];
    },
    handle: async (request) => {
      const { apiId, stage, connectionId } = targetOf(request);
      const act = METHODS[request.method];
      if (act === undefined)
        throw new AwsError("MissingAuthenticationTokenException", "Missing Authentication Token", 403);
      const connection = directory.find(apiId, stage, connectionId);
      if (connection === undefined) throw gone();
      await meet(faultOf(request.method, connection.identity), context.clock);
      return act(connection, request.body);
    },
    refuse: (error) => ({
      status: error.code.startsWith("AccessDenied") ? 403 : error.status,
      headers: { "content-type": "application/json", "x-amzn-errortype": error.code },
      body: JSON.stringify({ message: error.message }),
    }),
  };
}
