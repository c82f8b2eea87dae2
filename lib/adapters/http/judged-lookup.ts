import { type LookupAddress, lookup } from "node:dns";
import type { LookupFunction } from "node:net";

/** All addresses of a name at this moment. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

export const systemResolve: Resolve = (hostname) =>
  new Promise((done, fail) => {
    lookup(hostname, { all: true }, (error, addresses) => (error === null ? done(addresses) : fail(error)));
  });

/**
 * What Node looks a name up with when it makes a connection. `judged` gives the addresses that may be connected to, or
 * throws; so the connection is made to one that was judged, and not to what the name leads to a moment later.
 */
export function judgedLookup(judged: Resolve): LookupFunction {
  return (hostname, { all }, callback) => {
    judged(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (first === undefined) callback(new Error(`${hostname} has no address`), "");
        else if (all) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      },
      (error: Error) => callback(error, ""),
    );
  };
}
