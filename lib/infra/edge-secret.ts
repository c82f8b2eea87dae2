import { Fn } from "aws-cdk-lib";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import type { Parameters } from "./parameters.ts";

/**
 * By what the functions know that a request came through the distribution. CloudFront sends the current value to its origins;
 * functions accept it and the one before, so that a rotation has no gap. Both are dynamic references to versions that
 * `npm run deploy -- --rotate-edge-secret` names in the template's parameters: no function may read the secret itself.
 */
export class EdgeSecret extends Construct {
  readonly secret: Secret;
  /** What CloudFront sends. */
  readonly current: string;
  /** What functions accept, comma separated. */
  readonly accepted: string;

  constructor(scope: Construct, id: string, { edgeVersion, edgeVersionBefore }: Parameters) {
    super(scope, id);
    this.secret = new Secret(this, "Secret", {
      description: "Slipway: the secret that CloudFront sends to the APIs",
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
    });
    this.current = this.version(edgeVersion);
    this.accepted = Fn.join(",", [this.current, this.version(edgeVersionBefore)]);
    acknowledge(this.secret, {
      SMG4: "A new value takes effect when the stack is updated, which npm run deploy -- --rotate-edge-secret does.",
    });
  }

  /** Without an id it is the version that is current when the stack is updated. */
  private version(id: string): string {
    return Fn.join("", ["{{resolve:secretsmanager:", this.secret.secretArn, ":SecretString:::", id, "}}"]);
  }
}
