import { type Sandbox, sandboxAvailable } from "@slipway/local-aws/containers/docker/sandbox";

/** What this machine runs builds and apps in; the local mode does not start without. */
export async function sandboxHere(): Promise<Sandbox> {
  const sandbox = await sandboxAvailable();
  if (sandbox === null) throw new Error("This machine has no sandbox, so the local mode does not start on it.");
  return sandbox;
}
