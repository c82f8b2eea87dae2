import type { Credentials, LocalContext } from "../../kernel/part.ts";
import type { Caller } from "../../kernel/service.ts";

/** Who holds which access key. Keys are made anew at each start. */
export interface Identities {
  /** The same role and name get the same credentials again. */
  credentialsFor(roleArn: string, name: string): Credentials;
  serviceCredentials(servicePrincipal: string): Credentials;
  /** Credentials of the local mode itself, to which no policy applies. */
  localCredentials(): Credentials;
  /** `undefined`: nobody holds that key. */
  identify(accessKeyId: string): Caller | undefined;
  /** What the holder of that key signs with; `undefined`: nobody holds it. */
  secretOf(accessKeyId: string): string | undefined;
}

export function createIdentities({ randomHex }: Pick<LocalContext, "randomHex">): Identities {
  const callers = new Map<string, Caller>();
  const secrets = new Map<string, string>();
  const issued = new Map<string, Credentials>();

  const issue = (caller: Caller): Credentials => {
    const holder = JSON.stringify([caller.roleArn, caller.servicePrincipal, caller.name]);
    const known = issued.get(holder);
    if (known !== undefined) return known;
    const credentials = { accessKeyId: `ASIA${randomHex(16).toUpperCase()}`, secretAccessKey: randomHex(40) };
    issued.set(holder, credentials);
    callers.set(credentials.accessKeyId, caller);
    secrets.set(credentials.accessKeyId, credentials.secretAccessKey);
    return credentials;
  };

  return {
    credentialsFor: (roleArn, name) => issue({ name, roleArn }),
    serviceCredentials: (servicePrincipal) => issue({ name: servicePrincipal, roleArn: null, servicePrincipal }),
    localCredentials: () => issue({ name: "local", roleArn: null }),
    identify: (accessKeyId) => callers.get(accessKeyId),
    secretOf: (accessKeyId) => secrets.get(accessKeyId),
  };
}
