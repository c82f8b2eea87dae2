import { spawn } from "node:child_process";
import { join } from "node:path";

/**
 * Runs `cdk` with these words in a checkout, in this terminal, and answers its exit code. Rejects when the signal ends it;
 * CloudFormation goes on with what it has begun.
 */
export function cdkOf(root: string): (words: readonly string[], signal: AbortSignal) => Promise<number> {
  const program = join(root, "node_modules/aws-cdk/bin/cdk");
  return (words, signal) => {
    const child = spawn(process.execPath, [program, ...words], { cwd: root, stdio: "inherit", signal });
    return new Promise((done, fail) => {
      child.once("error", fail);
      child.once("exit", (code) => done(code ?? 1));
    });
  };
}
