import { PutSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { WebhookSecret } from "../../core/ports/git.ts";

/** The webhooks' secret in Secrets Manager. */
export const awsWebhookSecret = (client: SecretsManagerClient, arn: string): WebhookSecret => ({
  replace: async (secret) => {
    await client.send(new PutSecretValueCommand({ SecretId: arn, SecretString: secret }));
  },
});
