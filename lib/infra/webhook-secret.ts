import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";

/**
 * What GitHub signs its webhooks with: random from the start, to be copied into GitHub. It costs $0.40 a month, because
 * CloudFormation makes no SSM SecureString and a parameter of the template would show it to everybody who sees the stack.
 */
export class WebhookSecret extends Construct {
  readonly secret: Secret;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.secret = new Secret(this, "Secret", {
      description: "Slipway: the signing secret of webhooks",
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
    });
    acknowledge(this.secret, {
      SMG4: "GitHub holds the same value, so a rotation by itself would refuse every push until a person copies it there.",
    });
  }
}
