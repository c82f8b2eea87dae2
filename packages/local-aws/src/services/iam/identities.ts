import type { Credentials, LocalContext } from "../../kernel/part.ts";
import type { Caller } from "../../kernel/service.ts";
import type { Statement } from "./policy.ts";

/** Who assumes which role for how long. */
interface Assumption {
  readonly roleArn: string;
  readonly name: string;
  /** What limits the session beside the role's own policies; `null`: nothing does. */
  readonly policy: readonly Statement[] | null;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** Of an assumed role: only good together with the token. */
interface SessionCredentials extends Credentials {
  readonly sessionToken: string;
}

/** Who holds which access key. Keys are made anew at each start. */
export interface Identities {
  /** The same role and name get the same credentials again. */
  credentialsFor(roleArn: string, name: string): Credentials;
  serviceCredentials(servicePrincipal: string): Credentials;
  /** Credentials of the local mode itself, to which no policy applies. */
  localCredentials(): Credentials;
  /** Credentials by which somebody else acts as the caller, for as long as the caller itself may. */
  credentialsOf(caller: Caller): Credentials;
  /** Credentials of a role that is assumed, different ones each time. */
  assume(assumption: Assumption): SessionCredentials;
  /** `undefined`: nobody holds that key, or not any more. */
  identify(accessKeyId: string): Caller | undefined;
  /** What the holder of that key signs with; `undefined`: nobody holds it. */
  secretOf(accessKeyId: string): string | undefined;
  /** What a request with that key has to carry beside its signature; `undefined`: nothing. */
  sessionTokenOf(accessKeyId: string): string | undefined;
}

interface Holder {
  readonly caller: Caller;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiresAt: number;
}

interface Session {
  readonly policy: readonly Statement[] | null;
  readonly expiresAt: number;
}

type IdentitiesContext = Pick<LocalContext, "randomHex" | "clock">;

/** The identities, and the policy of each session; `null`: nothing limits it but its role. */
export function createIdentities({ randomHex, clock }: IdentitiesContext): Identities & {
  readonly policyOf: (session: string) => readonly Statement[] | null;
} {
  const holders = new Map<string, Holder>();
  const issued = new Map<string, Credentials>();
  const sessions = new Map<string, Session>();

  const add = (holder: Omit<Holder, "secretAccessKey">): Credentials => {
    const credentials = { accessKeyId: `ASIA${randomHex(16).toUpperCase()}`, secretAccessKey: randomHex(40) };
    holders.set(credentials.accessKeyId, { ...holder, secretAccessKey: credentials.secretAccessKey });
    return credentials;
  };
  const issue = (caller: Caller): Credentials => {
    const key = JSON.stringify([caller.roleArn, caller.servicePrincipal, caller.name]);
    const credentials = issued.get(key) ?? add({ caller, expiresAt: Number.POSITIVE_INFINITY });
    issued.set(key, credentials);
    return credentials;
  };
  const forgetExpired = (): void => {
    const now = clock.now();
    for (const [key, { expiresAt }] of holders) if (expiresAt <= now) holders.delete(key);
    for (const [key, { expiresAt }] of sessions) if (expiresAt <= now) sessions.delete(key);
  };
  const valid = (accessKeyId: string): Holder | undefined => {
    const holder = holders.get(accessKeyId);
    return holder !== undefined && holder.expiresAt > clock.now() ? holder : undefined;
  };

  return {
    credentialsFor: (roleArn, name) => issue({ name, roleArn }),
    serviceCredentials: (servicePrincipal) => issue({ name: servicePrincipal, roleArn: null, servicePrincipal }),
    localCredentials: () => issue({ name: "local", roleArn: null }),
    credentialsOf: (caller) => {
      if (caller.session === undefined) return issue(caller);
      return add({ caller, expiresAt: sessions.get(caller.session)?.expiresAt ?? 0 });
    },
    assume: ({ roleArn, name, policy, expiresAt }) => {
      forgetExpired();
      const session = randomHex(32);
      const sessionToken = randomHex(64);
      sessions.set(session, { policy, expiresAt });
      return { ...add({ caller: { name, roleArn, session }, sessionToken, expiresAt }), sessionToken };
    },
    identify: (accessKeyId) => valid(accessKeyId)?.caller,
    secretOf: (accessKeyId) => valid(accessKeyId)?.secretAccessKey,
    sessionTokenOf: (accessKeyId) => valid(accessKeyId)?.sessionToken,
    policyOf: (session) => {
      const found = sessions.get(session);
      return found === undefined || found.expiresAt <= clock.now() ? [] : found.policy;
    },
  };
}
