import { BatchGetBuildsCommand, CodeBuildClient, StartBuildCommand } from "@aws-sdk/client-codebuild";
import { startLocalAws } from "../support/local-aws.ts";
import { hostBuilds } from "./host.ts";

/** A local mode with a build in its midst; prints the build's id and the process's number, and waits to be killed. */
const [, , dataDir = "", code = ""] = process.argv;
const aws = await startLocalAws({ dataDir });
const host = hostBuilds(aws, code);
const commands = [`echo $$ > ${dataDir}/pid`, "sleep 1000"];
await host.project("long", { version: 0.2, phases: { build: { commands } } });
await aws.start();
const client = new CodeBuildClient(aws.client());
const { build } = await client.send(new StartBuildCommand({ projectName: "long" }));
const { builds } = await client.send(new BatchGetBuildsCommand({ ids: [build?.id ?? ""] }));
process.stdout.write(`${builds?.[0]?.id}\n`);
