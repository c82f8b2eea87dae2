import { ParameterAlreadyExists, PutParameterCommand, type SSMClient } from "@aws-sdk/client-ssm";
import type { Overwrite } from "../../core/ports/apps.ts";

/** Puts a SecureString; with `missing`, one that is there already stays as it is. */
export async function putSecureString(client: SSMClient, Name: string, Value: string, which: Overwrite): Promise<void> {
  try {
    await client.send(new PutParameterCommand({ Name, Value, Type: "SecureString", Overwrite: which === "all" }));
  } catch (error) {
    if (which === "all" || !(error instanceof ParameterAlreadyExists)) throw error;
  }
}
