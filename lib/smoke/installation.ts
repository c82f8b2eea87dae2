import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { createClient } from "@slipway/monitor/client";
import { stackNameOf } from "../infra/installation.ts";
import { adminTokenParameter } from "../operator/admin-token-place.ts";
import { type DeployDeps, deploy } from "../operator/deploy.ts";
import { readDeployFlags, readUninstallFlags } from "../operator/flags.ts";
import { Refused } from "../operator/refused.ts";
import { installedStack } from "../operator/stack.ts";
import type { Target } from "../operator/target.ts";
import type { Terminal } from "../operator/terminal.ts";
import type { Clients } from "../operator/uninstall/clients.ts";
import { uninstall, whatIsLeft } from "../operator/uninstall/uninstall.ts";
import { cuttableSockets } from "./steps/sockets.ts";
import { abortable, type Installation, type Session, SmokeFailure } from "./steps/step.ts";

export interface InstallationOptions {
  /** Of the installation: `-c name=…`. */
  readonly name: string;
  /** Further `-c`: a domain. */
  readonly context: Readonly<Record<string, string>>;
  readonly target: Target;
  readonly clients: Clients;
  readonly terminal: Terminal;
  /** Runs `cdk` until the signal ends it, and answers its exit code. */
  readonly cdk: (words: readonly string[], signal: AbortSignal) => Promise<number>;
  readonly buildDashboard: () => Promise<string>;
  readonly newToken: () => string;
  readonly keepBuildKit: DeployDeps["keepBuildKit"];
  readonly fetch: typeof fetch;
  /** Takes note of a value that no report may show. */
  readonly hide: (secret: string) => void;
}

/** An installation in an AWS account that is there for one smoke run. */
export function throwAwayInstallation(options: InstallationOptions): Installation & {
  readonly session: () => Promise<Session>;
} {
  const { name, target, clients, hide } = options;
  const stackName = stackNameOf(name);
  // Its answers are in the report; nobody is asked twice.
  const terminal: Terminal = { say: options.terminal.say, ask: null };
  return {
    install: async (signal) => {
      const context = Object.entries({ ...options.context, name }).flatMap(([key, value]) => ["-c", `${key}=${value}`]);
      const flags = readDeployFlags(["--yes", ...context]);
      const deployDeps: DeployDeps = { ...options, terminal, cdk: (words) => options.cdk(words, signal) };
      await abortable(deploy(flags, deployDeps), signal);
      const stack = await installedStack(stackName, target);
      const { ControlPlaneUrl: url } = stack?.outputs ?? {};
      if (stack?.parameters.PublicUrl !== url) throw new SmokeFailure("The stack does not know its public URL.");
      return `${stackName} is ${stack?.status} and answers at ${url}.`;
    },
    session: async () => {
      const { outputs } = (await installedStack(stackName, target)) ?? {};
      const { ControlPlaneUrl: baseUrl, WebhookSecretArn: SecretId } = outputs ?? {};
      if (baseUrl === undefined || SecretId === undefined) throw new SmokeFailure(`There is no stack ${stackName}.`);
      const [token, webhookSecret] = await Promise.all([tokenOf(stackName, target), secretOf(SecretId, target)]);
      for (const secret of [token, webhookSecret]) hide(secret);
      const sockets = cuttableSockets();
      return {
        client: createClient({ baseUrl, token, WebSocket: sockets.WebSocket, fetch: options.fetch }),
        sockets,
        webhookSecret,
      };
    },
    uninstall: async () => {
      const said: string[] = [];
      const quiet: Terminal = { say: (text) => said.push(text), ask: null };
      const flags = readUninstallFlags(["--yes", "--everything", "-c", `name=${name}`]);
      try {
        await uninstall(flags, { target, clients, terminal: quiet });
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        throw new SmokeFailure(`${said.join("\n")}\n${error.message}`, error);
      }
      return said.join("\n");
    },
    left: () => whatIsLeft(clients, stackName),
  };
}

async function tokenOf(stackName: string, { region, credentials }: Target): Promise<string> {
  const client = new SSMClient({ region, credentials });
  try {
    const asked = new GetParameterCommand({ Name: adminTokenParameter(stackName), WithDecryption: true });
    return (await client.send(asked)).Parameter?.Value ?? "";
  } finally {
    client.destroy();
  }
}

async function secretOf(SecretId: string, { region, credentials }: Target): Promise<string> {
  const client = new SecretsManagerClient({ region, credentials });
  try {
    return (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString ?? "";
  } finally {
    client.destroy();
  }
}
