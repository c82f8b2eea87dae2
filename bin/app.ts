import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { readInstallation } from "../lib/infra/installation.ts";
import { SlipwayStack } from "../lib/infra/stack.ts";

const app = new App();
const { stackName, settings } = readInstallation((key) => app.node.tryGetContext(key));
new SlipwayStack(app, stackName, { settings });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
