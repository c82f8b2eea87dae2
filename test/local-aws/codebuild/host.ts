import { join } from "node:path";
import type { Sandbox } from "@slipway/local-aws/containers/docker/sandbox";
import { createProcesses, type Processes } from "@slipway/local-aws/containers/processes/processes";
import type { LocalPart } from "@slipway/local-aws/kernel/part";
import { createCodeBuild } from "@slipway/local-aws/services/codebuild/codebuild";
import type { Laptop } from "../docker/laptop.ts";

export interface BuildHost {
  readonly part: LocalPart;
  readonly processes: Processes;
  /** Makes a project of the name; `buildspec` in the project itself, or a file of the source without one. */
  project(name: string, buildspec: object | undefined, more?: Readonly<Record<string, unknown>>): Promise<void>;
}

/** CodeBuild on the laptop, every S3 location being the directory `code`. */
export function hostBuilds(
  laptop: Laptop,
  code: string,
  concurrentBuilds?: number,
  sandbox: Sandbox | null = null,
  diskBytes?: number,
): BuildHost {
  const processes = createProcesses(laptop.context.clock);
  const part = createCodeBuild(laptop.context, {
    processes,
    resolveCode: (bucket, key) => {
      if (`${bucket}/${key}` === "assets/code.zip") return code;
      throw new Error(`there is no ${bucket}/${key}`);
    },
    tools: join(laptop.dataDir, "tools"),
    hostEnvironment: { PATH: process.env.PATH, SECRET_OF_THE_HOST: "x" },
    engine: "host",
    sandbox,
    ...(concurrentBuilds === undefined ? {} : { concurrentBuilds }),
    ...(diskBytes === undefined ? {} : { diskBytes }),
  });
  return {
    part,
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
      await part.providers[0]?.ensure({
        logicalId: name,
        type: "AWS::CodeBuild::Project",
        physicalName: name,
        properties,
      });
    },
  };
}
