// What the host engine says of broken Dockerfiles; Podman and Docker have to say the same (test/engines/builds.test.ts).
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, test } from "@jest/globals";
import { writeTools } from "@slipway/local-aws/containers/docker/tools";
import { removeDirectory } from "../local-aws/support/files.ts";
import { sandboxHere } from "../support/sandbox.ts";
import { brokenBuilds, expectBroken } from "./broken.ts";

const directory = mkdtempSync(join(tmpdir(), "slipway-broken-"));
const tools = join(directory, "tools");

beforeAll(async () => {
  const sandbox = await sandboxHere();
  writeTools(tools, { dataDir: directory, engine: "host", sandbox, hostEnvironment: process.env });
});
afterAll(() => removeDirectory(directory));

test.concurrent.each(brokenBuilds.filter(({ needsBase }) => needsBase !== true))("$name", async (broken) =>
  expectBroken(directory, `${tools}:${process.env.PATH}`, broken),
);
