import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { objectionTo } from "slipway/local-access/trust";
import { awsCounters } from "../../adapters/dynamodb/counters.ts";
import { awsTokens } from "../../adapters/dynamodb/tokens.ts";
import type { Token } from "../../core/access/credential.ts";

export interface LocalAdminOptions {
  readonly dataDir: string;
  readonly tables: { readonly tokens: string; readonly counters: string };
  readonly aws: DynamoDBClientConfig;
}

/** The admin of a data directory: whoever can read its secret. To the control plane it is a token like any other. */
export interface LocalAdmin {
  readonly token: string;
  /** A code that makes a session of it, once, within ten minutes. */
  code(): Promise<string>;
  close(): void;
}

const codeSeconds = 600;
const name = "local";
const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
const fresh = (): string => randomBytes(32).toString("hex");
const fileIn = (dataDir: string): string => join(dataDir, "admin.secret");

/** What was kept; `isPrivate`: nobody else could have read it. `null`: nothing. */
function readSecret(file: string): { readonly secret: string; readonly isPrivate: boolean } | null {
  if (!existsSync(file)) return null;
  return { secret: readFileSync(file, "utf8").trim(), isPrivate: objectionTo(file, "file") === null };
}

/** Renamed into place, so that a kill leaves no half of it. */
function writeSecret(file: string, secret: string): void {
  rmSync(`${file}.new`, { force: true });
  writeFileSync(`${file}.new`, `${secret}\n`, { mode: 0o600, flag: "wx" });
  renameSync(`${file}.new`, file);
}

function connect({ tables, aws }: LocalAdminOptions) {
  const client = new DynamoDBClient(aws);
  const documents = DynamoDBDocumentClient.from(client);
  return {
    tokens: awsTokens(documents, tables.tokens),
    counters: awsCounters(documents, tables.counters),
    close: () => client.destroy(),
  };
}

/** The secret of before, while its token is valid; otherwise a new one of both. */
async function ensured(options: LocalAdminOptions, stores: ReturnType<typeof connect>): Promise<string> {
  const file = fileIn(options.dataDir);
  const kept = readSecret(file);
  const known = kept === null ? null : await stores.tokens.get(hash(kept.secret), Math.floor(Date.now() / 1000));
  if (known?.kind === "token") {
    if (kept?.isPrivate) return kept.secret;
    await stores.tokens.revoke(known.id);
  }
  const secret = fresh();
  // The file first: a row whose secret nobody has would stay for ever, a secret without a row is replaced at the next start.
  writeSecret(file, secret);
  await stores.tokens.put(hash(secret), {
    kind: "token",
    id: 1 + (await stores.counters.next("tokens")),
    principal: { name, role: "admin", apps: null },
    expires_at: null,
    last_used_at: null,
    github: null,
    created_at: new Date().toISOString(),
  });
  return secret;
}

/** Opens the admin of a data directory; it is made at the first start, after somebody revoked the token, and where others could read the secret. */
export async function openLocalAdmin(options: LocalAdminOptions): Promise<LocalAdmin> {
  const stores = connect(options);
  const token = await ensured(options, stores);
  return {
    token,
    code: async () => {
      const code = fresh();
      const expires_at = Math.floor(Date.now() / 1000) + codeSeconds;
      await stores.tokens.put(hash(code), { kind: "code", made_with: hash(token), expires_at });
      return code;
    },
    close: stores.close,
  };
}

/**
 * Takes the admin of a data directory away, with its sessions, where tokens are required from now on. Answers the tokens
 * that whoever was at the machine before may hold: those that the admin made, and those of which it is not known who did.
 */
export async function endLocalAdmin(options: LocalAdminOptions): Promise<readonly Token[]> {
  const stores = connect(options);
  const file = fileIn(options.dataDir);
  const kept = readSecret(file);
  const known = kept === null ? null : await stores.tokens.get(hash(kept.secret), Math.floor(Date.now() / 1000));
  if (known?.kind === "token") await stores.tokens.revoke(known.id);
  rmSync(file, { force: true });
  const firstAdmins = 1;
  const left = (await stores.tokens.list()).filter(
    ({ id, created_by = name }) =>
      created_by === name && id !== firstAdmins && !(known?.kind === "token" && id === known.id),
  );
  stores.close();
  return left;
}
