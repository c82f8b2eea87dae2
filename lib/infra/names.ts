import { Aws, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { longPrefix, runTimePrefix } from "./installation.ts";

/** A name for what is unique in a region: `slipway-<what>`, `slipway-staging-<what>`. */
export const regionalName = (scope: Construct, ...what: readonly string[]): string =>
  [longPrefix(Stack.of(scope).stackName), ...what].join("-");

/** A name for what is unique in an account, whatever the region. */
export const globalName = (scope: Construct, ...what: readonly string[]): string =>
  [regionalName(scope, ...what), Aws.REGION].join("-");

/** A path for what has paths in a region: `/slipway/<what>`, `/slipway-staging/<what>`. */
export const pathName = (scope: Construct, what: string): string => `/${longPrefix(Stack.of(scope).stackName)}/${what}`;

/** What everything that releases make is named or begins with; see lib/adapters/ecs/options.ts. */
export const madeAtRunTime = (scope: Construct): string => `${runTimePrefix(Stack.of(scope).stackName)}-*`;
