import { DeleteParametersCommand, GetParametersCommand, type SSMClient } from "@aws-sdk/client-ssm";
import type { EndpointAddresses } from "../../core/ports/notices.ts";

import { putSecureString } from "./secure-string.ts";

/** SSM deletes at most this many parameters in one call. */
const deletedAtOnce = 10;

/** Addresses as SecureStrings of SSM, at `<prefix>/<app>/<endpoint>/url` and `…/secret`. */
export function awsEndpointAddresses(client: SSMClient, prefix: string): EndpointAddresses {
  const nameOf = (appId: number, endpointId: string, part: "url" | "secret") =>
    `${prefix}/${appId}/${endpointId}/${part}`;
  return {
    put: async (appId, endpointId, given) => {
      for (const part of ["url", "secret"] as const) {
        if (given[part] === undefined) continue;
        await putSecureString(client, nameOf(appId, endpointId, part), given[part], "all");
      }
    },
    get: async (appId, endpointId) => {
      const names = { url: nameOf(appId, endpointId, "url"), secret: nameOf(appId, endpointId, "secret") };
      const answer = await client.send(new GetParametersCommand({ Names: Object.values(names), WithDecryption: true }));
      const valueAt = (name: string) => answer.Parameters?.find((parameter) => parameter.Name === name)?.Value ?? null;
      const url = valueAt(names.url);
      return url === null ? null : { url, secret: valueAt(names.secret) };
    },
    remove: async (appId, endpointIds) => {
      const all = endpointIds.flatMap((id) => [nameOf(appId, id, "url"), nameOf(appId, id, "secret")]);
      for (let from = 0; from < all.length; from += deletedAtOnce) {
        await client.send(new DeleteParametersCommand({ Names: all.slice(from, from + deletedAtOnce) }));
      }
    },
  };
}
