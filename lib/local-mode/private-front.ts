import { createServer as createHttp, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { type EngineCommand, EngineUnreachable, gatewayOf } from "@slipway/local-aws/containers/docker/engine-network";
import type { ContainerEngine } from "@slipway/local-aws/containers/docker/settings";
import { type HostsFiles, openHostsFiles } from "@slipway/local-aws/containers/hosts-files";
import type { HoldConnections } from "@slipway/local-aws/kernel/descriptors";
import { beginsWebSocket } from "@slipway/local-aws/kernel/handshake";
import { listening } from "@slipway/local-aws/kernel/listening";
import type { LocalContext } from "@slipway/local-aws/kernel/part";
import { StartRefused } from "@slipway/local-aws/kernel/refusal";
import type { TaskRunner } from "@slipway/local-aws/services/ecs/task-runner";
import type { Elb, PublishedListener } from "@slipway/local-aws/services/elb/elb";
import type { Route53 } from "@slipway/local-aws/services/route53/route53";
import { noSuchApp } from "../core/placement/placement.ts";
import type { Options } from "./options.ts";

/** What is behind the names, and who may ask. */
interface Behind {
  readonly elb: Pick<Elb, "at">;
  readonly resolve: Route53["resolvePrivately"];
  readonly isFromTask: TaskRunner["isFromTask"];
}

/** Where apps reach internal apps on this machine: what DNS and the internal load balancers are on AWS. */
export interface PrivateFront {
  /** Where ports of listeners are reached here. */
  readonly published: Readonly<Record<number, number>>;
  readonly parameters: Readonly<Record<string, string>>;
  /** What tasks have in their hosts files. */
  readonly hosts: HostsFiles;
  /** From now on tasks are let in; before, connections end. */
  open(behind: Behind): void;
  /** Takes the address that containers reach, as soon as there is one. */
  listen(): void;
  close(): Promise<void>;
}

export interface PrivateFrontDeps {
  readonly engine: ContainerEngine;
  /** `null`: there is no engine. */
  readonly engineCommand: EngineCommand | null;
  readonly context: Pick<LocalContext, "dataDir" | "log">;
  readonly hold: HoldConnections;
}

const loopback = "127.0.0.1";
const keepAliveMs = 75_000;

/** Takes the port of internal apps. `null`: there are none. Throws `StartRefused`. */
export async function privateFront(options: Options, deps: PrivateFrontDeps): Promise<PrivateFront | null> {
  if (!options.privateNames) return null;
  const address = await reachableAddress(deps);
  let behind: Behind | null = null;
  const passOn = httpOf(() => behind);
  const admit = async (socket: Socket): Promise<void> => {
    const { remoteAddress = "", remotePort = 0, localPort = 0 } = socket;
    const connection = { address: remoteAddress.replace(/^::ffff:/, ""), port: remotePort, localPort };
    if (!(await behind?.isFromTask(connection))) return void socket.destroy();
    passOn(socket);
    socket.resume();
  };
  const open = new Set<Socket>();
  const server = (): Server => {
    const made = createServer({ pauseOnConnect: true }, (socket) => {
      open.add(socket);
      socket.once("close", () => open.delete(socket));
      socket.on("error", () => socket.destroy());
      admit(socket).catch((error) => {
        deps.context.log("private-names", { level: "ERROR", message: "A caller could not be recognised.", error });
        socket.destroy();
      });
    });
    deps.hold(made);
    return made;
  };
  // Also where containers have an address of their own to go to: whoever has the port is known at the start, and it is one number.
  const own = server();
  const port = await takePort(own, options.privatePort);
  const ofEngine = address === loopback ? null : engineListener(server, { address, port }, deps.context);
  ofEngine?.listen();
  return {
    published: { 80: port },
    parameters: { PrivatePortSuffix: port === 80 ? "" : `:${port}` },
    hosts: openHostsFiles(join(deps.context.dataDir, "ecs", "hosts"), address),
    open: (given) => {
      behind = given;
    },
    listen: () => ofEngine?.listen(),
    close: async () => {
      const ends = [own, ...(ofEngine?.servers() ?? [])].map(
        (one) => new Promise<void>((done) => one.close(() => done())),
      );
      for (const socket of open) socket.destroy();
      await Promise.all(ends);
    },
  };
}

async function reachableAddress({ engine, engineCommand }: PrivateFrontDeps): Promise<string> {
  try {
    return await gatewayOf(engine, engineCommand);
  } catch (cause) {
    if (!(cause instanceof EngineUnreachable)) throw cause;
    throw new StartRefused(
      `${cause.message} Start without --private-names, or with another --engine: docker or podman as root on Linux, or host.`,
      { cause },
    );
  }
}

/** HTTP over connections that somebody else accepted. */
function httpOf(behind: () => Behind | null): (socket: Socket) => void {
  const listenerFor = (request: IncomingMessage): PublishedListener | undefined => {
    const now = behind();
    const host = (request.headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
    const alias = now?.resolve(host, "A")?.alias;
    return alias ? now?.elb.at(alias.zoneId, 80) : undefined;
  };
  const http = createHttp(
    { keepAliveTimeout: keepAliveMs, requestTimeout: 0, shouldUpgradeCallback: beginsWebSocket },
    (request: IncomingMessage, response: ServerResponse) => {
      const listener = listenerFor(request);
      if (listener === undefined) answerNoSuchApp(response);
      else listener.serve(request, response);
    },
  );
  http.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const listener = listenerFor(request);
    if (listener === undefined) socket.destroy();
    else listener.upgrade(request, socket, head);
  });
  http.on("clientError", (_error, socket) => socket.destroy());
  return (socket) => void http.emit("connection", socket);
}

/** Answers as load balancers do for a name that no app has. */
const answerNoSuchApp = (response: ServerResponse): void =>
  void response.writeHead(noSuchApp.status, { "content-type": "text/plain" }).end(noSuchApp.body);

/** What the public port answers to names of apps that are not there, and to private names: nobody but apps gets to internal apps. */
export const nobody: Pick<PublishedListener, "serve" | "upgrade"> = {
  serve: (_request, response) => answerNoSuchApp(response),
  upgrade: (_request, socket) => void socket.destroy(),
};

async function takePort(server: Server, wanted: number): Promise<number> {
  try {
    return await listening(server, wanted, loopback);
  } catch (cause) {
    const code = codeOf(cause);
    if (code !== "EADDRINUSE" && code !== "EACCES") throw cause;
    throw new StartRefused(
      `Port ${wanted} is ${code === "EACCES" ? "not allowed" : "busy"}: stop what uses it, or name another with --private-port.`,
      { cause },
    );
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : undefined);

interface At {
  readonly address: string;
  readonly port: number;
}

/** A listener at an address that may come later, with the first container. */
function engineListener(make: () => Server, { address, port }: At, { log }: Pick<LocalContext, "log">) {
  let listener: Server | null = null;
  return {
    servers: (): readonly Server[] => (listener === null ? [] : [listener]),
    listen: (): void => {
      if (listener !== null) return;
      const attempt = make();
      listener = attempt;
      listening(attempt, port, address).catch((error) => {
        listener = null;
        if (codeOf(error) === "EADDRNOTAVAIL") return;
        const message = `Apps do not reach internal apps: ${address}:${port} cannot be taken.`;
        log("private-names", { level: "ERROR", message, error: String(error) });
      });
    },
  };
}
