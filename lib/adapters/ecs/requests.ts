import { ClientException, InvalidParameterException } from "@aws-sdk/client-ecs";
import type { Confirm } from "../../core/ports/releases.ts";

/** ECS says by these that the request itself is wrong; asking again would not help. Others are thrown. */
export function refusedBy(error: unknown): { readonly outcome: "refused"; readonly message: string } {
  if (!(error instanceof InvalidParameterException || error instanceof ClientException)) throw error;
  return { outcome: "refused", message: `ECS refused the release: ${error.message}. Check the app's settings.` };
}

/** Whoever has no lease to lose. */
export const held: Confirm = async () => undefined;
