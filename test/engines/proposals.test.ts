// Dockerfiles as they are proposed where there is none: built, started and asked, as far as their base images are here.
import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { proposeDockerfile } from "@slipway/text/dockerfile/propose";
import { apiAt } from "../support/api.ts";
import { addressOf, deploy, ends, logOf, registerApp } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { engine, userOf } from "./engine.ts";

let local: LocalMode;
let api: ReturnType<typeof apiAt>;

beforeAll(async () => {
  local = await startLocalMode({ healthCheckSecond: "300ms" });
  api = apiAt(local.url);
});
afterAll(async () => {
  await local?.stop();
  removeDirectory(local.data);
});

const nodeServer = `require("node:http").createServer((_, response) => response.end("hello")).listen(process.env.PORT);`;
const pythonServer = `
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")
http.server.HTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
`;
const goServer = `package main

import (
	"fmt"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") })
	panic(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
`;

/** Apps without dependencies: the machine has no network. */
const apps: readonly { readonly name: string; readonly files: Readonly<Record<string, string>> }[] = [
  {
    name: "node-with-npm",
    files: {
      "package.json": JSON.stringify({
        name: "shop",
        scripts: { start: "node server.js", build: "node --check server.js" },
      }),
      "server.js": nodeServer,
    },
  },
  { name: "python-with-pip", files: { "requirements.txt": "# none\n", "main.py": pythonServer } },
  { name: "go", files: { "go.mod": "module shop\n\ngo 1.22\n", "main.go": goServer } },
  { name: "static", files: { "index.html": "hello" } },
];

/** Docker would fetch what reads this syntax, which is what it has anyway. */
const offline = (dockerfile: string): string => dockerfile.replace(/^# syntax=.*\n/, "");

const basesOf = (dockerfile: string): string[] =>
  [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image = ""]) => image);

const isHere = (image: string): boolean =>
  spawnSync(engine, ["image", "inspect", image], { stdio: "ignore" }).status === 0;

for (const { name, files } of apps) {
  const proposal = proposeDockerfile({ files: Object.keys(files), read: (path) => files[path] ?? null });
  const bases = basesOf(proposal?.dockerfile ?? "");
  (bases.length > 0 && bases.every(isHere) ? test : test.skip)(
    `${name}: is built, runs without root, and passes its health check`,
    async () => {
      const proposed = {
        Dockerfile: offline(proposal?.dockerfile ?? ""),
        ".dockerignore": proposal?.dockerignore ?? "",
      };
      const app = await registerApp(api, { ...files, ...proposed }, { name });
      const ended = await ends(api, await deploy(api, app.id));
      expect(ended.stage === "success" ? "" : await logOf(api, ended.id)).toBe("");
      expect((await (await fetch(await addressOf(api, app.id))).text()).trim()).toBe("hello");
      expect(userOf(local.data, ended.image_digest)).not.toMatch(/^(?:root|0)?(?::|$)/);
    },
  );
}
