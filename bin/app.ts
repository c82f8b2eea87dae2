import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import * as z from "zod";
import { SlipwayStack } from "../lib/infra/stack.ts";

const app = new App();
const domain = z.string().min(1).optional().parse(app.node.tryGetContext("domain"));
new SlipwayStack(app, "Slipway", domain === undefined ? {} : { domain });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
