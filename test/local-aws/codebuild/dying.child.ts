import { BatchGetBuildsCommand, CodeBuildClient, StartBuildCommand } from "@aws-sdk/client-codebuild";
import { openLaptop } from "../docker/laptop.ts";
import { hostBuilds } from "./host.ts";

/** A local mode with a build in its midst; prints the build's id and the process's number, and waits to be killed. */
const [, , dataDir = "", code = ""] = process.argv;
const laptop = await openLaptop(dataDir);
const host = hostBuilds(laptop, code);
const commands = [`echo $$ > ${dataDir}/pid`, "sleep 1000"];
await host.project("long", { version: 0.2, phases: { build: { commands } } });
laptop.register(host.part);
await host.part.start?.();
const credentials = { accessKeyId: "AKTEST", secretAccessKey: "s" };
const client = new CodeBuildClient({ endpoint: laptop.context.awsEndpoint, region: "eu-west-1", credentials });
const { build } = await client.send(new StartBuildCommand({ projectName: "long" }));
const { builds } = await client.send(new BatchGetBuildsCommand({ ids: [build?.id ?? ""] }));
process.stdout.write(`${builds?.[0]?.id}\n`);
