import type { Processes } from "@slipway/local-aws/containers/processes/processes";

/** How much of a failed program's output is shown. */
const SHOWN_CHARACTERS = 4000;

/**
 * Runs programs of this Node in the checkout, none of which outlives this process. They make what ships, and what ships must not
 * depend on where it was made: a tool that reads `NODE_ENV` gets the same value everywhere.
 */
export function nodeRunner(
  processes: Pick<Processes, "spawn">,
  root: string,
  env: NodeJS.ProcessEnv,
): (args: readonly string[]) => Promise<void> {
  const inherited = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  return async (args) => {
    let output = "";
    const { exited } = processes.spawn(process.execPath, args, {
      cwd: root,
      env: { ...inherited, NODE_ENV: "production" },
      onOutput: (chunk) => {
        output = (output + chunk.toString("utf8")).slice(-SHOWN_CHARACTERS);
      },
    });
    const { code, signal } = await exited;
    if (code !== 0) throw new Error(`node ${args.join(" ")} ended with ${code ?? signal}:\n${output.trim()}`);
  };
}
