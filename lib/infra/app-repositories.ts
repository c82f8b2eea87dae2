import { Fn, Stack } from "aws-cdk-lib";
import { ArnPrincipal, type IRole, Role } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { dockerActions, pullActions } from "../adapters/ecr/docker-actions.ts";
import { buildKitRepository } from "../core/images.ts";
import { grant, type Permission } from "./permission.ts";

const because = "Repositories are made at run time, two for each app; all have the installation's name.";

/** Logs docker in. */
export const logsIn: Permission = {
  actions: ["ecr:GetAuthorizationToken"],
  on: ["*"],
  because: "A login to the registry has no resource-level permission.",
};

/** The repositories of the apps, which are made at run time, and the role by which a build reaches those of its app. */
export class AppRepositories extends Construct {
  /** What the addresses of all repositories begin with. */
  readonly uri: string;
  /** What the ARNs of all repositories begin with. */
  readonly arn: string;
  /** May read and write all of them, and read the copy of BuildKit; whoever assumes it for a build limits the session to those of one app. */
  readonly imageRole: Role;

  /** `assumedBy`: the role of the function that gives builds their credentials. */
  constructor(scope: Construct, id: string, assumedBy: IRole) {
    super(scope, id);
    const stack = Stack.of(this);
    // Names of repositories have no capitals. Two installations of an account differ in the names of their stacks.
    const place = stack.stackName.toLowerCase();
    this.uri = Fn.join("", [stack.account, ".dkr.ecr.", stack.region, ".", stack.urlSuffix, "/", place]);
    this.arn = stack.formatArn({ service: "ecr", resource: "repository", resourceName: place });
    this.imageRole = new Role(this, "ImageRole", {
      assumedBy: new ArnPrincipal(assumedBy.roleArn),
      description: "Slipway: assumed for each build, limited to the repositories of its app",
    });
    const pullsBuildKit = { actions: pullActions, on: [buildKitRepository(this.arn)] };
    for (const permission of [logsIn, this.on(...dockerActions), pullsBuildKit]) grant(this.imageRole, permission);
  }

  /** To do something with the repositories of all apps. */
  on(...actions: string[]): Permission {
    return { actions, on: [`${this.arn}/app-*`], because };
  }

  /** To list the repositories of the account. */
  get lists(): Permission {
    return {
      actions: ["ecr:DescribeRepositories"],
      on: [Stack.of(this).formatArn({ service: "ecr", resource: "repository", resourceName: "*" })],
      because: "Repositories are listed to find those whose app is gone; IAM asks for all of them.",
    };
  }
}
