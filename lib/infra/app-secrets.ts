import { Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { Permission } from "./permission.ts";

/** Under this path of SSM lie the apps' secrets, at `<prefix>/<app>/<name>`. They are made at run time. */
export const secretsPrefix = "/slipway/apps";

/** Under this path lie the addresses of the apps' endpoints, at `<prefix>/<app>/<endpoint>/…`. */
export const endpointsPrefix = "/slipway/endpoints";

const under =
  (prefix: string) =>
  (scope: Construct, ...actions: string[]): Permission => ({
    actions,
    on: [Stack.of(scope).formatArn({ service: "ssm", resource: "parameter", resourceName: `${prefix.slice(1)}/*` })],
    because: "The secrets of apps are made at run time; nothing else lies under that path.",
  });

/** To do something with the apps' secrets. */
export const onSecrets = under(secretsPrefix);

/** To do something with the addresses of endpoints. */
export const onEndpoints = under(endpointsPrefix);
