import { Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { Permission } from "./permission.ts";

/** Under this path of SSM lie the apps' secrets, at `<prefix>/<app>/<name>`. They are made at run time. */
export const secretsPrefix = "/slipway/apps";

/** Under this path lie the addresses of the apps' endpoints, at `<prefix>/<app>/<endpoint>/…`. */
export const endpointsPrefix = "/slipway/endpoints";

/** The parameter in which the GitHub App's credentials lie. It is made at run time. */
export const gitHubAppParameter = "/slipway/github/app";

const under =
  (prefix: string) =>
  (scope: Construct, ...actions: string[]): Permission => ({
    actions,
    on: [parameterArn(scope, `${prefix}/*`)],
    because: "The secrets of apps are made at run time; nothing else lies under that path.",
  });

/** To do something with the apps' secrets. */
export const onSecrets = under(secretsPrefix);

/** To read the apps' Git tokens, and none of their other secrets. */
export const readsGitTokens = (scope: Construct): Permission => ({
  actions: ["ssm:GetParameters"],
  on: [parameterArn(scope, `${secretsPrefix}/*/git-token`)],
  because: "Each app has one at most, made at run time.",
});

/** To do something with the GitHub App's credentials. */
export const onGitHubApp = (scope: Construct, ...actions: string[]): Permission => ({
  actions,
  on: [parameterArn(scope, gitHubAppParameter)],
});

const parameterArn = (scope: Construct, name: string): string =>
  Stack.of(scope).formatArn({ service: "ssm", resource: "parameter", resourceName: name.slice(1) });

/** To do something with the addresses of endpoints. */
export const onEndpoints = under(endpointsPrefix);
