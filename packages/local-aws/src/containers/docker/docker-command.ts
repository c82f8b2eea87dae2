import { readFileSync } from "node:fs";
import { logIn, logOut } from "./docker-config.ts";
import { UsageError } from "./failures.ts";

/** Loaded for builds alone: a deployment's other calls take less than half of the time without it and the AWS SDK. */
const build = async (argv: readonly string[]): Promise<number> =>
  (await import("./buildx.ts")).buildx(argv, process.env);

type Subcommand = (argv: readonly string[]) => Promise<number> | number;

/** The values of the options of `login` and the registry, which stands last. */
function loginArguments(argv: readonly string[]): { username: string; fromStdin: boolean; registry: string } {
  const username = argv[argv.findIndex((arg) => arg === "--username" || arg === "-u") + 1] ?? "";
  return { username, fromStdin: argv.includes("--password-stdin"), registry: argv.at(-1) ?? "" };
}

const login: Subcommand = (argv) => {
  const { username, fromStdin, registry } = loginArguments(argv);
  if (!fromStdin) throw new UsageError("docker: login here needs --password-stdin", 1);
  const password = readFileSync(0, "utf8").trim();
  if (password === "") throw new UsageError("Error: password is empty", 1);
  logIn(process.env, registry.replace(/^https?:\/\//, "").split("/", 1)[0] ?? "", username, password);
  process.stdout.write("Login Succeeded\n");
  return 0;
};

const logout: Subcommand = ([registry = ""]) => {
  logOut(process.env, registry);
  process.stdout.write(`Removing login credentials for ${registry}\n`);
  return 0;
};

const print =
  (text: string): Subcommand =>
  () => {
    process.stdout.write(text);
    return 0;
  };

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  login,
  logout,
  build,
  buildx: ([command = "", ...argv]) => {
    if (command === "build") return build(argv);
    if (command === "version") return print("github.com/docker/buildx (local AWS)\n")(argv);
    throw new UsageError(
      `docker: unknown command: docker buildx ${command}\n\nRun 'docker buildx --help' for more information`,
      1,
    );
  },
  version: print("Client:\n Version: local AWS, without a container engine\n"),
  info: print("Client:\n Context: default\nServer:\n Server Version: local AWS, without a container engine\n"),
};

async function main([name = "", ...argv]: readonly string[]): Promise<number> {
  const subcommand = SUBCOMMANDS[name];
  if (subcommand === undefined)
    throw new UsageError(`docker: unknown command: docker ${name}\n\nRun 'docker --help' for more information`, 1);
  return subcommand(argv);
}

async function run(): Promise<void> {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}

// What becomes part of an image has the modes that images have, however closed the data directory is.
process.umask(0o022);
void run();
