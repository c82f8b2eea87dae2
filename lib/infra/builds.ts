import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Duration, RemovalPolicy } from "aws-cdk-lib";
import {
  BuildEnvironmentVariableType,
  BuildSpec,
  ComputeType,
  LinuxBuildImage,
  Project,
  Source,
} from "aws-cdk-lib/aws-codebuild";
import { Role } from "aws-cdk-lib/aws-iam";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Asset } from "aws-cdk-lib/aws-s3-assets";
import { Construct } from "constructs";
import { parse } from "yaml";
import * as z from "zod";
import { acknowledge } from "./acknowledge.ts";
import { bundle, projectRoot } from "./bundle.ts";
import { pathName } from "./names.ts";
import { grant, ofThisAccount, type Permission } from "./permission.ts";

/** Where images are built. A build's own role has no rights in the registry: it is given credentials for its app's repositories. */
export class Builds extends Construct {
  readonly project: Project;

  /** `controlPlaneUrl`: where the build's reporter reports, without a trailing slash. */
  constructor(scope: Construct, id: string, controlPlaneUrl: string) {
    super(scope, id);
    const { path, ...bundling } = bundle("lib/build/reporter/index.ts", "reporter.mjs");
    const reporter = new Asset(this, "Reporter", { path, ...bundling });
    const log = new LogGroup(this, "Log", {
      logGroupName: pathName(this, "builds"),
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.project = new Project(this, "Project", {
      description: "Slipway: builds the image of a commit and reports progress",
      source: Source.s3({ bucket: reporter.bucket, path: reporter.s3ObjectKey }),
      buildSpec: BuildSpec.fromObjectToYaml(readBuildSpec()),
      environment: {
        // Node 24 and docker buildx; CDK has no constant for it yet.
        buildImage: LinuxBuildImage.fromCodeBuildImageId("aws/codebuild/amazonlinux-x86_64-standard:6.0"),
        computeType: ComputeType.SMALL,
        // Docker runs inside the build.
        privileged: true,
      },
      environmentVariables: {
        SLIPWAY_URL: { type: BuildEnvironmentVariableType.PLAINTEXT, value: controlPlaneUrl },
      },
      logging: { cloudWatch: { logGroup: log } },
      timeout: Duration.minutes(60),
      queuedTimeout: Duration.minutes(60),
      grantReportGroupPermissions: false,
      role: this.createRole(reporter, log).withoutPolicyUpdates(),
    });
    acknowledge(this.project, {
      CB4: "The project has no artifacts of its own; images are encrypted by ECR, logs by CloudWatch.",
    });
  }

  /** Written out: the grants that CDK would add let a build read the whole bucket of assets. */
  private createRole(reporter: Asset, log: LogGroup): Role {
    const role = new Role(this, "Role", { assumedBy: ofThisAccount("codebuild.amazonaws.com") });
    const permissions: Permission[] = [
      { actions: ["logs:CreateLogStream", "logs:PutLogEvents"], on: [log.logGroupArn] },
      {
        actions: ["s3:GetObject", "s3:GetObjectVersion"],
        on: [reporter.bucket.arnForObjects(reporter.s3ObjectKey)],
      },
      { actions: ["s3:GetBucketAcl", "s3:GetBucketLocation"], on: [reporter.bucket.bucketArn] },
    ];
    for (const permission of permissions) grant(role, permission);
    return role;
  }
}

/** The template carries the buildspec, so that the source needs to hold nothing but the reporter. */
function readBuildSpec(): Record<string, unknown> {
  const text = readFileSync(join(projectRoot, "lib", "build", "buildspec.yml"), "utf8");
  return z.record(z.string(), z.unknown()).parse(parse(text));
}
