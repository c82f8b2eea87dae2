import { Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { pathName } from "./names.ts";
import type { Permission } from "./permission.ts";

/** Under this path of SSM lie the apps' secrets, at `<prefix>/<app>/<name>`. They are made at run time. */
export const secretsPrefix = (scope: Construct): string => pathName(scope, "apps");

/** Under this path lie the addresses of the apps' endpoints, at `<prefix>/<app>/<endpoint>/…`. */
export const endpointsPrefix = (scope: Construct): string => pathName(scope, "endpoints");

/** The parameter in which the GitHub App's credentials lie. It is made at run time. */
export const gitHubAppParameter = (scope: Construct): string => pathName(scope, "github/app");

const under =
  (prefix: (scope: Construct) => string) =>
  (scope: Construct, ...actions: string[]): Permission => ({
    actions,
    on: [parameterArn(scope, `${prefix(scope)}/*`)],
    because: "The secrets of apps are made at run time; nothing else lies under that path.",
  });

/** To do something with the apps' secrets. */
export const onSecrets = under(secretsPrefix);

/** To read the apps' Git tokens, and none of their other secrets. */
export const readsGitTokens = (scope: Construct): Permission => ({
  actions: ["ssm:GetParameters"],
  on: [parameterArn(scope, `${secretsPrefix(scope)}/*/git-token`)],
  because: "Each app has one at most, made at run time.",
});

/** To do something with the GitHub App's credentials. */
export const onGitHubApp = (scope: Construct, ...actions: string[]): Permission => ({
  actions,
  on: [parameterArn(scope, gitHubAppParameter(scope))],
});

const parameterArn = (scope: Construct, name: string): string =>
  Stack.of(scope).formatArn({ service: "ssm", resource: "parameter", resourceName: name.slice(1) });

/** To do something with the addresses of endpoints. */
export const onEndpoints = under(endpointsPrefix);

/** To list the parameters of all apps. IAM asks for the path itself, which the wildcards below it do not match. */
export const listsParameters = (scope: Construct): Permission => ({
  actions: ["ssm:GetParametersByPath"],
  on: [secretsPrefix(scope), endpointsPrefix(scope)].map((path) => parameterArn(scope, path)),
});
