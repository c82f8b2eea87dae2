import type { Command, Option } from "./command/command.ts";
import { approve, cancel, reject, retry } from "./commands/actions.ts";
import { apps } from "./commands/apps.ts";
import { completeCommand, completion } from "./commands/completion.ts";
import { deploy } from "./commands/deploy.ts";
import { doctor } from "./commands/doctor.ts";
import { domains } from "./commands/domains.ts";
import { env } from "./commands/env.ts";
import { freeze } from "./commands/freeze.ts";
import { init } from "./commands/init.ts";
import { list } from "./commands/list.ts";
import { logs } from "./commands/logs.ts";
import { metrics } from "./commands/metrics.ts";
import { open } from "./commands/open.ts";
import { overview } from "./commands/overview.ts";
import { promote } from "./commands/promote.ts";
import { restart } from "./commands/restart.ts";
import { roles } from "./commands/roles.ts";
import { rollback } from "./commands/rollback.ts";
import { run } from "./commands/run.ts";
import { runs } from "./commands/runs.ts";
import { login, logout, whoami } from "./commands/session.ts";
import { status } from "./commands/status.ts";
import { tokens } from "./commands/tokens.ts";
import { up } from "./commands/up.ts";
import { usage } from "./commands/usage.ts";
import { watch } from "./commands/watch.ts";

/** What may stand on every command line. */
export const globalOptions: readonly Option[] = [
  { name: "url", value: "address", summary: "Server URL for this command (default: $SLIPWAY_URL)" },
  {
    name: "token",
    value: "token",
    summary: "API token; other users on this machine can see it, so prefer SLIPWAY_TOKEN or slipway login",
  },
  { name: "json", summary: "Print JSON" },
];

/** All of `slipway`. */
export const tree: Command = {
  name: "slipway",
  summary: "Deploy and manage apps with Slipway.",
  run: overview,
  examples: ["up", "deploy shop --wait", "logs shop --follow", "rollback shop", "doctor"],
  commands: [
    up,
    init,
    deploy,
    watch,
    logs,
    run,
    runs,
    list,
    restart,
    promote,
    status,
    usage,
    rollback,
    cancel,
    retry,
    approve,
    reject,
    apps,
    domains,
    env,
    freeze,
    roles,
    metrics,
    open,
    login,
    logout,
    whoami,
    tokens,
    doctor,
    completion,
    completeCommand(() => tree, globalOptions),
  ],
};
