import type { Sandbox } from "../../containers/docker/sandbox.ts";
import type { ContainerEngine } from "../../containers/docker/settings.ts";
import { writeTools } from "../../containers/docker/tools.ts";
import { removeTree } from "../../containers/images/tree.ts";
import type { LocalContext, LocalPart } from "../../kernel/part.ts";
import { type BuildStore, openBuildStore } from "./build-store.ts";
import { createBuilds } from "./builds.ts";
import type { ExecutionOptions } from "./execution.ts";
import { removeLeftovers } from "./leftovers.ts";
import { codeBuildOperations } from "./operations.ts";
import { type Project, projectProvider } from "./projects.ts";
import type { Build } from "./records.ts";
import { scratchRoot } from "./workspace.ts";

export interface CodeBuildOptions extends ExecutionOptions {
  /** What builds images: see `detectEngine`. */
  readonly engine: ContainerEngine;
  /** Without an engine: what steps run in. */
  readonly sandbox: Sandbox | null;
  /** Where the programs behind `docker` and `aws` were bundled: see `bundleTools`. */
  readonly toolPrograms?: string;
  /** How many builds the account may run at once; five times as many may wait. */
  readonly concurrentBuilds?: number;
}

const CONCURRENT_BUILDS = 4;

/** What ran or waited when the local mode died has lost its host, which AWS calls a fault. */
function endOrphans(buildStore: BuildStore, orphans: readonly Build[]): void {
  for (const { id } of orphans) {
    buildStore.end(id, "FAULT", [{ statusCode: "INTERNAL_SERVICE_ERROR", message: "The build's host was lost." }]);
    buildStore.complete(id, "FAULT");
  }
}

/**
 * CodeBuild: the template's projects, whose buildspecs run as processes on this machine, with `docker` and `aws` as written into `tools`.
 * A build's output lies in `<data>/logs/builds/<uuid>.log`.
 */
export function createCodeBuild(context: LocalContext, options: CodeBuildOptions): LocalPart {
  const { tools, toolPrograms: programs, engine, sandbox, hostEnvironment } = options;
  const { concurrentBuilds: limit = CONCURRENT_BUILDS } = options;
  const projects = new Map<string, Project>();
  const buildStore = openBuildStore(context);
  const orphans = buildStore.unfinished();
  const builds = createBuilds(context, options, buildStore, limit);
  const operations = codeBuildOperations({ context, projects, buildStore, builds, limit });
  return {
    services: [{ kind: "json", scope: "codebuild", dialect: "application/x-amz-json-1.1", operations }],
    providers: [projectProvider(context, projects)],
    start: async () => {
      removeTree(scratchRoot(context));
      removeLeftovers(context, options.tidyEngine);
      const bundled = programs === undefined ? {} : { programs };
      writeTools(tools, { dataDir: context.dataDir, engine, sandbox, hostEnvironment, ...bundled });
      endOrphans(buildStore, orphans);
      buildStore.trim();
      builds.start();
    },
    close: () => builds.close(),
  };
}
