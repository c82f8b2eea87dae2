import { ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";

const USAGE = 252;
const FAILED = 254;

/** `aws ecr get-login-password`: the password inside the authorization token, which is what follows `AWS:`. */
async function getLoginPassword(): Promise<string> {
  const client = new ECRClient({});
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
  const token = Buffer.from(authorizationData?.[0]?.authorizationToken ?? "", "base64").toString();
  return token.slice(token.indexOf(":") + 1);
}

/** Writes what the real `aws` would, and returns the exit status. */
async function main(argv: readonly string[]): Promise<number> {
  const [service, operation] = argv.filter((arg) => !arg.startsWith("-"));
  if (service !== "ecr" || operation !== "get-login-password") {
    process.stderr.write(
      `aws: the local mode's build environment has only "aws ecr get-login-password", not "aws ${argv.join(" ")}"\n`,
    );
    return USAGE;
  }
  try {
    process.stdout.write(`${await getLoginPassword()}\n`);
    return 0;
  } catch (error) {
    const [name, message] = error instanceof Error ? [error.name, error.message] : ["Error", String(error)];
    process.stderr.write(
      `\nAn error occurred (${name}) when calling the GetAuthorizationToken operation: ${message}\n`,
    );
    return FAILED;
  }
}

void main(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
