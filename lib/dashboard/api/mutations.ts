import type { App, Deployment, Endpoint, Token } from "@slipway/monitor/client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { applyDeployment } from "./apply-deployment.ts";
import { client } from "./client.ts";
import { appQuery, appsQuery, freezeQuery, gitHubQuery, meQuery, tokensQuery } from "./queries.ts";

interface Act {
  readonly id: number;
  readonly reason?: string | undefined;
  /** Why a freeze is overridden. */
  readonly override?: string | undefined;
}

interface Asked {
  /** Whether the release command runs. */
  readonly releaseCommand?: boolean | undefined;
}

export const useDeploy = () => useDeploymentMutation(client.createDeployment);
export const useCancel = () => useDeploymentMutation(({ id, reason }: Act) => client.cancelDeployment(id, reason));
export const useRetry = () => useDeploymentMutation(({ id, override }: Act) => client.retryDeployment(id, override));
/** `current`: only the image of then, with the app's current settings. */
export const useRollback = () =>
  useDeploymentMutation(
    ({
      id,
      reason,
      configuration,
      override,
      releaseCommand,
    }: Act & Asked & { configuration?: "as_released" | "current" }) =>
      client.rollbackDeployment(id, { reason, configuration, override, releaseCommand }),
  );
export const useRedeploy = () =>
  useDeploymentMutation(({ id, reason, override, releaseCommand }: Act & Asked) =>
    client.redeployApp(id, { reason, override, releaseCommand }),
  );
export const useApprove = () =>
  useDeploymentMutation(({ id, reason, override }: Act) => client.approveDeployment(id, reason, override));
export const useReject = () => useDeploymentMutation(({ id, reason }: Act) => client.rejectDeployment(id, reason));

export const useCreateApp = () => useAppMutation((input: Readonly<Record<string, unknown>>) => client.createApp(input));
export const useChangeApp = (id: number) =>
  useAppMutation((change: Readonly<Record<string, unknown>>) => client.changeApp(id, change));
export function useRetryDomain(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => client.retryDomain(id, name),
    onSuccess: () => queries.invalidateQueries({ queryKey: appQuery(id).queryKey }),
  });
}
export const useUnpin = () => useAppMutation((id: number) => client.unpinApp(id));

export function useDeleteApp() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => client.deleteApp(id),
    onSuccess: (_, id) => queries.setQueryData(appsQuery.queryKey, (apps) => apps?.filter((app) => app.id !== id)),
  });
}

/** All endpoints of an app are written together: `change` says what becomes of those that are stored at this moment. */
export const useChangeNotifications = (id: number) =>
  useAppMutation(async (change: (stored: readonly Endpoint[]) => readonly Readonly<Record<string, unknown>>[]) =>
    client.changeApp(id, { notifications: change((await client.showApp(id)).notifications) }),
  );

/** Afterwards the app says anew which endpoints work. */
export function useTestNotifications() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => client.testNotifications(id),
    onSuccess: (_, id) => queries.invalidateQueries({ queryKey: appQuery(id).queryKey }),
  });
}

export const useCreateToken = () =>
  useTokenMutation(client.createToken, (tokens, { token: _, ...created }) => [...tokens, created]);
export const useCreateInvite = () =>
  useTokenMutation(client.createInvite, (tokens, { url: _, url_expires_at: __, ...invited }) => [...tokens, invited]);
export const useRevokeToken = () =>
  useTokenMutation(client.revokeToken, (tokens, _, id) => tokens.filter((token) => token.id !== id));

/** Changes the list by what was answered: read again at once, the index of the table may not have it yet. */
function useTokenMutation<Input, Output>(
  mutationFn: (input: Input) => Promise<Output>,
  change: (tokens: readonly Token[], output: Output, input: Input) => readonly Token[],
) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (input: Input) => mutationFn(input),
    onSuccess: async (output, input) => {
      await queries.cancelQueries(tokensQuery);
      queries.setQueryData(tokensQuery.queryKey, (tokens) => tokens && change(tokens, output, input));
      // Who revoked their own token is signed out.
      await queries.invalidateQueries(meQuery);
    },
    onError: () => queries.invalidateQueries(tokensQuery),
  });
}

export const useBeginFreeze = () => useFreezeMutation(client.beginFreeze);
export const useEndFreeze = () => useFreezeMutation(() => client.endFreeze());

function useFreezeMutation<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (input: Input) => mutationFn(input),
    onSettled: () => queries.invalidateQueries(freezeQuery),
  });
}

export const useCreateRun = (appId: number) =>
  useRunMutation(appId, (run: { command: readonly string[] }) => client.createRun(appId, run));
export const useCancelRun = (appId: number) => useRunMutation(appId, client.cancelRun);

function useRunMutation<Input, Output>(appId: number, mutationFn: (input: Input) => Promise<Output>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (input: Input) => mutationFn(input),
    onSettled: () => queries.invalidateQueries({ queryKey: ["runs", appId] }),
  });
}

export const useStartGitHub = () =>
  useMutation({ mutationFn: (organization: string | undefined) => client.startGitHub(organization) });
export const useConnectGitHub = () => useGitHubMutation(client.connectGitHub);
export const useForgetGitHub = () => useGitHubMutation(client.forgetGitHub);

/** Afterwards it is read anew whether there is an app, also when another tab was quicker. */
function useGitHubMutation<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (input: Input) => mutationFn(input),
    onSettled: () => queries.invalidateQueries(gitHubQuery),
  });
}

/** What was answered is on screen at once; the feed reports what follows. */
function useDeploymentMutation<Input>(mutationFn: (input: Input) => Promise<Deployment>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (input: Input) => mutationFn(input),
    onSuccess: (deployment) => applyDeployment(queries, deployment),
  });
}

function useAppMutation<Input>(mutationFn: (input: Input) => Promise<App>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: (app) => {
      queries.setQueryData(appQuery(app.id).queryKey, app);
      return queries.invalidateQueries({ queryKey: appsQuery.queryKey, exact: true });
    },
  });
}
