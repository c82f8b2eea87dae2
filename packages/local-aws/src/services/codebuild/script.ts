import type { BuildspecPhase } from "./buildspec.ts";

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Says what is run, as CodeBuild does in its log, and runs it in the same shell. */
function announced(command: string): string {
  const words = quoted(command.trim());
  return `printf '[Container] %s Running command %s\\n' "$(date -u '+%Y/%m/%d %H:%M:%S')" ${words}\neval ${words}\n`;
}

/**
 * A phase as a shell script, which makes files as CodeBuild's do, whoever may read those of this process: its commands one after the other in one shell, ending with the first that fails and its exit status;
 * then what stands under `finally`. They get whether the build was `succeeding` until now. The directory `state` carries
 * exported variables and the working directory from phase to phase, and says in `command` how many commands were begun.
 */
export function phaseScript(phase: BuildspecPhase, state: string, succeeding: boolean): string {
  const { commands, finally: after } = phase;
  const steps = commands.map(
    (command, index) =>
      `echo ${index + 1} >"$codebuild_state/command"\n${announced(command)}codebuild_status=$?; [ $codebuild_status -eq 0 ] || exit $codebuild_status\n`,
  );
  return `exec 2>&1
umask 022
codebuild_state=${quoted(state)}
[ ! -f "$codebuild_state/env" ] || . "$codebuild_state/env"
cd "$(cat "$codebuild_state/cwd")" || exit 1
export CODEBUILD_BUILD_SUCCEEDING=${succeeding ? 1 : 0}
codebuild_finish() {
codebuild_status=$?
trap - EXIT
${after.map(announced).join("")}export -p >"$codebuild_state/env"
pwd >"$codebuild_state/cwd"
exit $codebuild_status
}
trap codebuild_finish EXIT
${steps.join("")}`;
}
