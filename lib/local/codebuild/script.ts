import type { BuildspecPhase } from "./buildspec.ts";

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Says what is run, as CodeBuild does in its log, and runs it in the same shell. */
function announced(command: string): string {
  const words = quoted(command.trim());
  return `printf '[Container] %s Running command %s\\n' "$(date -u '+%Y/%m/%d %H:%M:%S')" ${words}\neval ${words}\n`;
}

/**
 * A phase as a shell script: its commands one after the other in one shell, ending with the first that fails and its exit status; then what
 * stands under `finally`. The directory `state` carries exported variables and the working directory from phase to phase, and says in
 * `command` how many commands were begun.
 */
export function phaseScript({ commands, finally: after }: BuildspecPhase, state: string): string {
  const steps = commands.map(
    (command, index) =>
      `echo ${index + 1} >"$state_dir/command"\n${announced(command)}status=$?; [ $status -eq 0 ] || exit $status\n`,
  );
  return `exec 2>&1
state_dir=${quoted(state)}
[ ! -f "$state_dir/env" ] || . "$state_dir/env"
cd "$(cat "$state_dir/cwd")" || exit 1
finish() {
status=$?
trap - EXIT
${after.map(announced).join("")}export -p >"$state_dir/env"
pwd >"$state_dir/cwd"
exit $status
}
trap finish EXIT
${steps.join("")}`;
}
