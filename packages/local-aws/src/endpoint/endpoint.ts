import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { boundConnections } from "../kernel/descriptors.ts";
import { listening } from "../kernel/listening.ts";
import type { LocalContext } from "../kernel/part.ts";
import {
  AwsError,
  type AwsService,
  type Caller,
  type HttpService,
  type OperationsService,
  type Permission,
  type WireRequest,
  type WireResponse,
} from "../kernel/service.ts";
import { type Storage, StorageUnavailable } from "../kernel/storage.ts";
import { Disconnected, headOf, readBody, send, wireRequest } from "./http.ts";
import { json } from "./json.ts";
import type { Protocol } from "./protocol.ts";
import { query } from "./query.ts";
import type { RecordedCall } from "./recording.ts";
import { refusal } from "./refusals.ts";
import {
  declaredPayload,
  type Head,
  isCurrent,
  isPayload,
  isSignedWith,
  payloadHash,
  type Signature,
  securityTokenOf,
  signatureOf,
} from "./sigv4.ts";

export interface EndpointOptions {
  /** 0 or absent: a free one. */
  readonly port?: number;
  /** Who holds an access key; `undefined`: nobody does. */
  readonly identify: (accessKeyId: string) => Caller | undefined;
  /** What requests of that access key are signed with; `undefined`: nobody holds it. */
  readonly secretOf: (accessKeyId: string) => string | undefined;
  /** What requests of that access key carry as their security token; `undefined`: any, or none. */
  readonly sessionTokenOf?: (accessKeyId: string) => string | undefined;
  /** Why the caller may not do all of that, as a sentence in AWS's words; `undefined`: it may. */
  readonly authorize: (permissions: readonly Permission[], caller: Caller) => string | undefined;
  /** Answers requests that carry credentials of another kind than a signature; `undefined`: it is none of those. */
  readonly unsigned?: (head: Head) => WireResponse | undefined;
  readonly log: LocalContext["log"];
  /** Nothing is acknowledged that it has not kept. */
  readonly storage?: Storage;
  /** Gets each call whose body was read, when it is answered. */
  readonly record?: ((call: RecordedCall) => void) | undefined;
  readonly randomHex: LocalContext["randomHex"];
}

/**
 * The one HTTP endpoint that the AWS clients of functions, builds and tasks talk to. Its signature is verified before anything
 * of a request is parsed, and before its body is read: whoever has no credentials learns only that they have none.
 */
export interface AwsEndpoint {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /**
   * Answers at a further address of this machine as well, at the same port. Resolves with what ends that; `close` does as well.
   * Rejects where it cannot.
   */
  listenAt(address: string): Promise<() => Promise<void>>;
  /** Takes the calls signed for the service's scope. Several services may share a scope: the first that has the operation is asked. */
  register(service: AwsService): void;
  /** Ends every connection. */
  close(): Promise<void>;
}

const PROTOCOLS: Readonly<Record<OperationsService["kind"], Protocol>> = { json, query };
/** Above the largest request of any service in use (an S3 PutObject of a build's source, ECS and DynamoDB: 1 MB). */
const MAX_BODY_BYTES = 16 * 1024 * 1024;
/** Longer than the SDKs keep an idle connection, so that no request meets a closing socket. */
const KEEP_ALIVE_MS = 75_000;
/** Within this a request must be there, body and all. */
const REQUEST_MS = 60_000;
/** The stream in which the endpoint reports what it refused and what broke. */
const LOG = "aws";

/** Answers for a scope nobody serves, in the protocol the request speaks. */
function nobody(request: WireRequest, scope: string): OperationsService {
  const form = (request.headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded");
  return form
    ? { kind: "query", scope, dialect: "http://webservices.amazon.com/", operations: {} }
    : { kind: "json", scope, dialect: "application/x-amz-json-1.1", operations: {} };
}

/** AWS services say on whose behalf they call in headers of their own; from anyone else these mean nothing. */
function onBehalfOf(permissions: readonly Permission[], caller: Caller, request: WireRequest): readonly Permission[] {
  if (caller.servicePrincipal === undefined) return permissions;
  const arn = request.headers["x-amz-source-arn"];
  const account = request.headers["x-amz-source-account"];
  const source = {
    ...(arn === undefined ? {} : { "aws:SourceArn": arn }),
    ...(account === undefined ? {} : { "aws:SourceAccount": account }),
  };
  return permissions.map((permission) => ({ ...permission, context: { ...source, ...permission.context } }));
}

/** Of an action, by its name: it changes nothing that would have to be kept. */
const readsOnly = ({ action }: Permission): boolean =>
  /^[a-z0-9-]+:(Get(?!AuthorizationToken)|List|Describe|Query$|Scan$|Batch(Get|Check)|Filter)/.test(action);

const hasOperation = (service: AwsService, request: WireRequest): boolean =>
  service.kind === "http" || Object.hasOwn(service.operations, PROTOCOLS[service.kind].operation(request));

const mismatch = (service: AwsService): AwsError =>
  refusal(
    service,
    "badSignature",
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
  );

/** The time of this machine, by which its callers sign, and what it would be had nobody set the clock: SDKs keep to either. */
const timesNow = (): number[] => [Date.now(), performance.timeOrigin + performance.now()];

/** Everything that happens to one request. */
class Dispatcher {
  readonly #options: EndpointOptions;
  readonly #services = new Map<string, AwsService[]>();

  constructor(options: EndpointOptions) {
    this.#options = options;
  }

  register(service: AwsService): void {
    this.#services.set(service.scope, [...(this.#services.get(service.scope) ?? []), service]);
  }

  /** The refusal of a request whose head is not signed by somebody known; `undefined`: its body may be read. */
  refuseHead(request: WireRequest, head: Head, signature: Signature | undefined): WireResponse | undefined {
    const service = this.#serviceFor(request, signature);
    try {
      const { secret } = this.#holderOf(service, signature, head);
      if (signature !== undefined) this.#refuseLate(service, head, signature);
      const declared = signature && declaredPayload(head, signature);
      if (declared !== undefined) this.#verify(service, secret, head, signature, declared);
      return undefined;
    } catch (error) {
      return this.#failed(service, request, this.#worded(service, request, error), this.#requestId());
    }
  }

  /** `head` is the same request's, already let in by {@link refuseHead}. */
  async dispatch(request: WireRequest, head: Head, signature: Signature | undefined): Promise<WireResponse> {
    const begun = performance.now();
    const answer = await this.#answer(request, head, signature);
    const caller = signature && this.#options.identify(signature.accessKeyId);
    const milliseconds = Math.ceil(performance.now() - begun);
    this.#options.record?.({
      service: signature?.scope ?? "",
      caller: caller?.name ?? null,
      request,
      answer,
      milliseconds,
    });
    return answer;
  }

  async #answer(request: WireRequest, head: Head, signature: Signature | undefined): Promise<WireResponse> {
    const service = this.#serviceFor(request, signature);
    const requestId = this.#requestId();
    try {
      const { caller, secret } = this.#holderOf(service, signature, head);
      const declared = signature && declaredPayload(head, signature);
      if (declared === undefined) this.#verify(service, secret, head, signature, payloadHash(request.body));
      else if (!isPayload(declared, request.body)) throw mismatch(service);
      return service.kind === "http"
        ? await this.#plain(service, request, caller)
        : await this.#operation(service, request, caller, requestId);
    } catch (error) {
      return this.#failed(service, request, this.#worded(service, request, error), requestId);
    }
  }

  /** For errors before a service gets the request. */
  tooLarge(request: WireRequest, signature: Signature | undefined): WireResponse {
    const service = this.#serviceFor(request, signature);
    const error = refusal(service, "tooLarge", `The request body exceeds ${MAX_BODY_BYTES} bytes.`);
    return this.#failed(service, request, error, this.#requestId());
  }

  #serviceFor(request: WireRequest, signature: Signature | undefined): AwsService {
    const scope = signature?.scope ?? "";
    const services = this.#services.get(scope) ?? [];
    return services.find((service) => hasOperation(service, request)) ?? services[0] ?? nobody(request, scope);
  }

  #holderOf(service: AwsService, signature: Signature | undefined, head: Head): { caller: Caller; secret: string } {
    if (signature === undefined) throw refusal(service, "unsigned", "Missing Authentication Token");
    const caller = this.#options.identify(signature.accessKeyId);
    const secret = this.#options.secretOf(signature.accessKeyId);
    const token = this.#options.sessionTokenOf?.(signature.accessKeyId);
    if (caller === undefined || secret === undefined || (token !== undefined && token !== securityTokenOf(head))) {
      throw refusal(service, "unknownKey", "The security token included in the request is invalid.");
    }
    return { caller, secret };
  }

  #refuseLate(service: AwsService, head: Head, signature: Signature): void {
    if (timesNow().some((now) => isCurrent(head, signature, now))) return;
    throw refusal(service, "badSignature", `Signature expired or not yet current: it was made at ${signature.time}.`);
  }

  #verify(service: AwsService, secret: string, head: Head, signature: Signature | undefined, payload: string): void {
    if (signature === undefined || !isSignedWith(secret, head, signature, payload)) throw mismatch(service);
  }

  #authorize(service: AwsService, permissions: readonly Permission[], caller: Caller, request: WireRequest): void {
    const denied = this.#options.authorize(onBehalfOf(permissions, caller, request), caller);
    if (denied === undefined) return;
    this.#options.log(LOG, { level: "WARN", message: denied, caller: caller.name, scope: service.scope });
    throw refusal(service, "denied", denied);
  }

  async #operation(
    service: OperationsService,
    request: WireRequest,
    caller: Caller,
    requestId: string,
  ): Promise<WireResponse> {
    const protocol = PROTOCOLS[service.kind];
    const name = protocol.operation(request);
    const operation = Object.hasOwn(service.operations, name) ? service.operations[name] : undefined;
    if (operation === undefined) {
      const message = `The local mode has no operation ${name} of ${service.scope}.`;
      this.#options.log(LOG, { level: "WARN", message, caller: caller.name, scope: service.scope });
      throw refusal(service, "unknownOperation", message);
    }
    const input = protocol.input(request);
    const permissions = operation.permissions(input, caller);
    this.#authorize(service, permissions, caller, request);
    const output = await this.#kept(permissions, async () => operation.run(input, caller));
    return protocol.answer(name, output, service.dialect, requestId);
  }

  async #plain(service: HttpService, request: WireRequest, caller: Caller): Promise<WireResponse> {
    const permissions = service.permissions(request, caller);
    this.#authorize(service, permissions, caller, request);
    return await this.#kept(permissions, async () => service.handle(request, caller));
  }

  /** A change is refused while the disk takes none, and one that met a full disk on its way is not acknowledged. */
  async #kept<T>(permissions: readonly Permission[], run: () => Promise<T>): Promise<T> {
    const { storage } = this.#options;
    if (storage === undefined || permissions.every(readsOnly)) return run();
    const refuse = (): void => {
      const refusal = storage.refusal();
      if (refusal !== null) throw refusal;
    };
    refuse();
    const answer = await run();
    refuse();
    return answer;
  }

  /** What is not an {@link AwsError} is a fault of the local mode: its stack is logged, the caller learns nothing of it. */
  #worded(service: AwsService, request: WireRequest, error: unknown): AwsError {
    if (error instanceof AwsError) return error;
    const failure = this.#options.storage?.failed(error);
    if (failure instanceof StorageUnavailable) return refusal(service, "unavailable", failure.message);
    const stack = error instanceof Error ? error.stack : String(error);
    const target = request.headers["x-amz-target"] ?? `${request.method} ${request.url.pathname}`;
    this.#options.log(LOG, { level: "ERROR", message: "An operation failed.", scope: service.scope, target, stack });
    return refusal(service, "internal", "The request processing has failed because of an unknown error.");
  }

  #failed(service: AwsService, request: WireRequest, error: AwsError, requestId: string): WireResponse {
    if (service.kind === "http") return service.refuse(error);
    return PROTOCOLS[service.kind].fail(error, request, service.dialect, requestId);
  }

  #requestId(): string {
    const hex = this.#options.randomHex(32);
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }
}

async function respond(
  dispatcher: Dispatcher,
  { base, unsigned }: { readonly base: string; readonly unsigned: EndpointOptions["unsigned"] },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const head = headOf(request);
  const answered = unsigned?.(head);
  if (answered !== undefined) return sendLast(request, response, answered);
  const empty = wireRequest(head, base, Buffer.alloc(0));
  if (empty === undefined) return sendLast(request, response, { status: 400, headers: {}, body: "" });
  const signature = signatureOf(head);
  const refused = dispatcher.refuseHead(empty, head, signature);
  if (refused !== undefined) return sendLast(request, response, refused);
  const body = await readBody(request, MAX_BODY_BYTES);
  if (body === undefined) return sendLast(request, response, dispatcher.tooLarge(empty, signature));
  send(response, await dispatcher.dispatch({ ...empty, body }, head, signature));
}

/** For a request whose body is not read, or not to its end, if it has one: the connection ends with the answer. */
function sendLast(request: IncomingMessage, response: ServerResponse, answer: WireResponse): void {
  // What the client still writes is thrown away for a moment: a connection that is cut could take the answer with it.
  request.resume();
  response.once("finish", () => request.socket.destroySoon());
  send(response, { ...answer, headers: { ...answer.headers, connection: "close" } });
}

/** Binds to 127.0.0.1 at once; the services are registered as they come to exist. Rejects when the port is taken. */
export async function startEndpoint(options: EndpointOptions): Promise<AwsEndpoint> {
  const dispatcher = new Dispatcher(options);
  const hold = boundConnections();
  let url = "";
  const serve = (): Server => {
    const server = createServer(
      { keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: REQUEST_MS },
      (request, response) => {
        respond(dispatcher, { base: url, unsigned: options.unsigned }, request, response).catch((error: unknown) => {
          response.destroy();
          if (error instanceof Disconnected) return;
          const stack = error instanceof Error ? error.stack : String(error);
          options.log(LOG, { level: "ERROR", message: "A request could not be answered.", stack });
        });
      },
    );
    hold(server);
    server.on("clientError", (_error, socket) => socket.destroy());
    return server;
  };
  const own = serve();
  const port = await listening(own, options.port ?? 0, "127.0.0.1");
  url = `http://127.0.0.1:${port}`;
  const servers = new Set([own]);
  const listenAt = async (address: string): Promise<() => Promise<void>> => {
    const server = serve();
    await listening(server, port, address);
    servers.add(server);
    return async () => {
      servers.delete(server);
      await closed(server);
    };
  };
  return {
    url,
    listenAt,
    register: (service) => dispatcher.register(service),
    close: async () => void (await Promise.all([...servers].map(closed))),
  };
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
