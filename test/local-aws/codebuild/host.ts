import { join } from "node:path";
import type { Sandbox } from "@slipway/local-aws/containers/docker/sandbox";
import { createProcesses, type Processes } from "@slipway/local-aws/containers/processes/processes";
import { createCodeBuild } from "@slipway/local-aws/services/codebuild/codebuild";
import type { LocalAws } from "../support/local-aws.ts";

export interface BuildHost {
  readonly processes: Processes;
  /** Makes a project of the name; `buildspec` in the project itself, or a file of the source without one. */
  project(name: string, buildspec: object | undefined, more?: Readonly<Record<string, unknown>>): Promise<void>;
}

/** CodeBuild, every S3 location being the directory `code`. */
export function hostBuilds(
  aws: LocalAws,
  code: string,
  concurrentBuilds?: number,
  sandbox: Sandbox | null = null,
  diskBytes?: number,
): BuildHost {
  const processes = createProcesses(aws.context.clock);
  const codeBuild = createCodeBuild(aws.context, {
    processes,
    resolveCode: (bucket, key) => {
      if (`${bucket}/${key}` === "assets/code.zip") return code;
      throw new Error(`there is no ${bucket}/${key}`);
    },
    tools: join(aws.dataDir, "tools"),
    hostEnvironment: { PATH: process.env.PATH, SECRET_OF_THE_HOST: "x" },
    engine: "host",
    sandbox,
    ...(concurrentBuilds === undefined ? {} : { concurrentBuilds }),
    ...(diskBytes === undefined ? {} : { diskBytes }),
  });
  aws.add(codeBuild);
  return {
    processes,
    project: async (name, buildspec, more = {}) => {
      const properties = {
        Name: name,
        ServiceRole: "arn:aws:iam::123456789012:role/build",
        Source: {
          Type: "S3",
          Location: "assets/code.zip",
          ...(buildspec === undefined ? {} : { BuildSpec: JSON.stringify(buildspec) }),
        },
        Environment: {
          Type: "LINUX_CONTAINER",
          Image: "aws/codebuild/standard:7.0",
          ComputeType: "BUILD_GENERAL1_SMALL",
        },
        ...more,
      };
      await aws.ensure("AWS::CodeBuild::Project", name, properties);
    },
  };
}
