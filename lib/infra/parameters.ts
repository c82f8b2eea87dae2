import { CfnParameter, type CfnParameterProps } from "aws-cdk-lib";
import { Construct } from "constructs";

/** The parameters of the template. Their logical IDs are fixed. */
export class Parameters extends Construct {
  readonly authMode: string;
  readonly allowedOrigins: string;
  readonly localRepositories: string;
  readonly localEndpoints: string;
  readonly maxConcurrentBuilds: string;
  readonly maxHeldReads: string;
  readonly mailFrom: string;
  readonly appUrl: string;
  readonly appCertificateAuthority: string;
  readonly publicUrl: string;
  readonly gitHubUrl: string;
  readonly gitHubApiUrl: string;
  readonly edgeVersion: string;
  readonly edgeVersionBefore: string;

  /** `domain`: under which the apps are reached by name, in place of `AppUrl`. */
  constructor(scope: Construct, id: string, domain: string | undefined) {
    super(scope, id);
    this.authMode = this.parameter("AuthMode", {
      default: "required",
      allowedValues: ["required", "local", "loopback"],
      description: "Whether callers need a token. Use values other than required in local mode only.",
    });
    this.allowedOrigins = this.parameter("AllowedOrigins", {
      default: "",
      description: "Comma-separated origins of other web pages that may call the API.",
    });
    this.localRepositories = this.parameter("LocalRepositories", {
      default: "refused",
      allowedValues: ["refused", "allowed"],
      description: "Whether apps may use repositories in the file system.",
    });
    this.localEndpoints = this.parameter("LocalEndpoints", {
      default: "refused",
      allowedValues: ["refused", "allowed"],
      description: "Whether notifications may be sent to this machine. Use allowed in local mode only.",
    });
    this.maxConcurrentBuilds = this.parameter("MaxConcurrentBuilds", {
      default: "10",
      allowedPattern: "\\d{1,4}",
      description: "Maximum number of concurrent builds of all apps. 0: as many as CodeBuild runs.",
    });
    this.maxHeldReads = this.parameter("MaxHeldReads", {
      default: "4",
      allowedPattern: "\\d{1,3}",
      description:
        "Maximum number of log requests that wait or stream at the same time. Each uses one of the account's concurrent executions, of which a new account has 10. 0: none waits.",
    });
    this.mailFrom = this.parameter("MailFrom", {
      default: "",
      description: "Sender address of e-mail notifications, verified in Amazon SES. Empty: no e-mails.",
    });
    // Not a default of the parameter: an update keeps the value that a parameter had, so that a new domain would change nothing.
    this.appUrl =
      domain === undefined
        ? this.parameter("AppUrl", {
            default: "",
            description: "URL of an app, with {name} for its name. Empty: the load balancer, on the app's port.",
          })
        : `https://{name}.${domain}${this.appPortSuffix()}`;
    this.appCertificateAuthority =
      domain === undefined
        ? ""
        : this.parameter("AppCertificateAuthority", {
            default: "",
            description: "Certificate of a private authority, in PEM, that smoke checks of apps trust. Empty: none.",
          });
    this.publicUrl = this.parameter("PublicUrl", {
      default: "",
      description: "URL of the control plane, for links. Set by npm run deploy.",
    });
    this.gitHubUrl = this.parameter("GitHubUrl", {
      default: "https://github.com",
      description: "URL of GitHub or GitHub Enterprise Server.",
    });
    this.gitHubApiUrl = this.parameter("GitHubApiUrl", {
      default: "https://api.github.com",
      description: "URL of the GitHub REST API. GitHub Enterprise Server: https://HOST/api/v3.",
    });
    this.edgeVersion = this.parameter("EdgeVersion", {
      default: "",
      allowedPattern: "[A-Za-z0-9-]*",
      description:
        "Version of the edge secret that CloudFront sends. Set by npm run deploy. Empty: the current version.",
    });
    this.edgeVersionBefore = this.parameter("EdgeVersionBefore", {
      default: "",
      allowedPattern: "[A-Za-z0-9-]*",
      description: "Previous version of the edge secret, accepted during a rotation. Empty: the current version.",
    });
  }

  /** What follows the domain of internal apps in their URLs. */
  privatePortSuffix(): string {
    return this.parameter("PrivatePortSuffix", {
      default: "",
      allowedPattern: "(:\\d{1,5})?",
      description: "What follows the domain in the URLs of internal apps, such as :8081. Use it in local mode only.",
    });
  }

  private appPortSuffix(): string {
    return this.parameter("AppPortSuffix", {
      default: "",
      allowedPattern: "(:\\d{1,5})?",
      description: "What follows the domain in the URLs of apps, such as :8443. Use it in local mode only.",
    });
  }

  private parameter(name: string, props: CfnParameterProps & { default: string; description: string }): string {
    const parameter = new CfnParameter(this, name, props);
    parameter.overrideLogicalId(name);
    return parameter.valueAsString;
  }
}
