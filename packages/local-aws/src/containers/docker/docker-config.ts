import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod";

const dockerConfig = z.object({ auths: z.record(z.string(), z.object({ auth: z.string() })) });
type DockerConfig = z.infer<typeof dockerConfig>;
type Env = Readonly<Record<string, string | undefined>>;

const configPath = (env: Env): string => join(env.DOCKER_CONFIG ?? join(env.HOME ?? "/root", ".docker"), "config.json");

/** What `docker login` left; nothing before the first. */
export function readConfig(env: Env): DockerConfig {
  const path = configPath(env);
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return { auths: {} };
  return dockerConfig.parse(JSON.parse(readFileSync(path, "utf8")));
}

function writeConfig(env: Env, config: DockerConfig): void {
  mkdirSync(dirname(configPath(env)), { recursive: true });
  writeFileSync(configPath(env), JSON.stringify(config), { mode: 0o600 });
}

/** Notes the credentials of a registry where docker does, in `config.json`. */
export function logIn(env: Env, registry: string, username: string, password: string): void {
  const auth = Buffer.from(`${username}:${password}`).toString("base64");
  writeConfig(env, { auths: { ...readConfig(env).auths, [registry]: { auth } } });
}

export function logOut(env: Env, registry: string): void {
  const { [registry]: _, ...auths } = readConfig(env).auths;
  writeConfig(env, { auths });
}
