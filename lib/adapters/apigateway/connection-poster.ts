import type { ApiGatewayManagementApiClient } from "@aws-sdk/client-apigatewaymanagementapi";
import type { Sockets } from "../../core/ports/sockets.ts";

/** How the service's requests are signed. */
const scheme = { name: "sigv4", signingName: "execute-api", properties: {} };

/** `@connections` answered something else than that the message was sent, or that nobody is there. */
class PostRefused extends Error {
  constructor(status: number, body: string) {
    super(`PostToConnection was answered ${status}: ${body.slice(0, 500)}`);
    this.name = "PostRefused";
  }
}

/**
 * `PostToConnection` with a client's own signer, endpoint and connections, but without its middleware, which takes three times
 * as long as all of that: a fan-out makes this one call thousands of times a second.
 */
export function connectionPoster({ config }: ApiGatewayManagementApiClient): Sockets["post"] {
  const prepared = (async () => {
    const endpoint = await config.endpoint?.();
    if (endpoint === undefined) throw new Error("The sockets have no endpoint.");
    const signingRegion = await config.region();
    return { endpoint, signer: await config.signer({ ...scheme, signingRegion }) };
  })();
  // Whoever posts hears of it.
  prepared.catch(() => {});
  return async (connectionId, text) => {
    const { endpoint, signer } = await prepared;
    const { protocol, hostname, port, path } = endpoint;
    const host = port === undefined ? hostname : `${hostname}:${port}`;
    const request = {
      ...{
        method: "POST",
        protocol,
        hostname,
        path: `${path.replace(/\/$/, "")}/@connections/${encodeURIComponent(connectionId)}`,
      },
      ...(port === undefined ? {} : { port }),
      query: {},
      headers: { host, "content-length": String(Buffer.byteLength(text)) },
      body: text,
    };
    const { response } = await config.requestHandler.handle(await signer.sign(request));
    // To the end, so that its connection is free for the next.
    const body = await config.streamCollector(response.body);
    if (response.statusCode === 410) return "gone";
    if (response.statusCode >= 300) throw new PostRefused(response.statusCode, Buffer.from(body).toString());
    return "sent";
  };
}
