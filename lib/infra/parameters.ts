import { CfnParameter, type CfnParameterProps } from "aws-cdk-lib";
import { Construct } from "constructs";

/** What an installation decides. The names are those of the template's parameters: the logical ids are fixed. */
export class Parameters extends Construct {
  readonly authMode: string;
  readonly allowedOrigins: string;
  readonly localRepositories: string;
  readonly localEndpoints: string;
  readonly maxConcurrentBuilds: string;
  readonly maxHeldReads: string;
  readonly mailFrom: string;
  readonly appUrl: string;
  readonly publicUrl: string;
  readonly gitHubUrl: string;
  readonly gitHubApiUrl: string;
  readonly edgeVersion: string;
  readonly edgeVersionBefore: string;

  /** `domain`: under which the apps are reached by name; only sets the default of `AppUrl`. */
  constructor(scope: Construct, id: string, domain: string | undefined) {
    super(scope, id);
    this.authMode = this.parameter("AuthMode", {
      default: "required",
      allowedValues: ["required", "local", "loopback"],
      description: "Whether callers need a token. Anything but required is for a laptop only.",
    });
    this.allowedOrigins = this.parameter("AllowedOrigins", {
      default: "",
      description: "Origins of other web pages that may call the API, comma separated.",
    });
    this.localRepositories = this.parameter("LocalRepositories", {
      default: "refused",
      allowedValues: ["refused", "allowed"],
      description: "Whether apps may name repositories of the file system.",
    });
    this.localEndpoints = this.parameter("LocalEndpoints", {
      default: "refused",
      allowedValues: ["refused", "allowed"],
      description: "Whether notices may be sent to this machine itself. Anything but refused is for a laptop only.",
    });
    this.maxConcurrentBuilds = this.parameter("MaxConcurrentBuilds", {
      default: "10",
      allowedPattern: "\\d{1,4}",
      description: "How many builds may run at the same time, of all apps. 0: as many as CodeBuild runs.",
    });
    this.maxHeldReads = this.parameter("MaxHeldReads", {
      default: "4",
      allowedPattern: "\\d{1,3}",
      description:
        "How many requests for a log may wait or stream at the same time. Each takes one of the concurrent executions of the account, of which a new account has 10. 0: none waits.",
    });
    this.mailFrom = this.parameter("MailFrom", {
      default: "",
      description: "From which address notices are mailed: one that SES has verified. Empty: none are mailed.",
    });
    this.appUrl = this.parameter("AppUrl", {
      default: domain === undefined ? "" : `https://{name}.${domain}`,
      description: "Where an app is reached, with {name} for its name. Empty: at the load balancer, on the app's port.",
    });
    this.publicUrl = this.parameter("PublicUrl", {
      default: "",
      description: "Where people reach the control plane, for links.",
    });
    this.gitHubUrl = this.parameter("GitHubUrl", {
      default: "https://github.com",
      description: "GitHub, or a GitHub Enterprise Server: where people see it.",
    });
    this.gitHubApiUrl = this.parameter("GitHubApiUrl", {
      default: "https://api.github.com",
      description: "Its REST API; of a GitHub Enterprise Server https://HOST/api/v3.",
    });
    this.edgeVersion = this.parameter("EdgeVersion", {
      default: "",
      allowedPattern: "[A-Za-z0-9-]*",
      description:
        "Which version of the edge's secret CloudFront sends; npm run deploy sets it. Empty: the current one.",
    });
    this.edgeVersionBefore = this.parameter("EdgeVersionBefore", {
      default: "",
      allowedPattern: "[A-Za-z0-9-]*",
      description: "Which version of it also counts while CloudFront changes to the new one. Empty: the current one.",
    });
  }

  private parameter(name: string, props: CfnParameterProps & { default: string; description: string }): string {
    const parameter = new CfnParameter(this, name, props);
    parameter.overrideLogicalId(name);
    return parameter.valueAsString;
  }
}
