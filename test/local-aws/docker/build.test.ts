import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Limits, stepLimits } from "@slipway/local-aws/containers/docker/limits";
import { writeTools } from "@slipway/local-aws/containers/docker/tools";
import { openImages } from "@slipway/local-aws/containers/images/images";
import * as z from "zod";
import { sandboxHere } from "../../support/sandbox.ts";
import { directoryWith, removeDirectory } from "../support/files.ts";
import { type Ran, run } from "./run-command.ts";

const sandbox = await sandboxHere();
const dataDir = mkdtempSync(join(tmpdir(), "slipway-docker-"));
const made: string[] = [dataDir];

const vertex = z.object({
  digest: z.string(),
  name: z.string(),
  completed: z.string().optional(),
  error: z.string().optional(),
});
const log = z.object({ vertex: z.string(), stream: z.number(), data: z.string() });
const progressLine = z.object({ vertexes: z.array(vertex).default([]), logs: z.array(log).default([]) });

function tools(name: string, limits: Limits = stepLimits()): string {
  const dir = join(dataDir, name);
  const hostEnvironment = { PATH: process.env.PATH, HOME: "/" };
  writeTools(dir, { dataDir, engine: "host", sandbox, limits, hostEnvironment });
  return join(dir, "docker");
}

const context = (files: Record<string, string>): string => {
  const dir = directoryWith(files);
  made.push(dir);
  return dir;
};

/** Builds with the stand-in's command line; the image is what its `--iidfile` says. */
async function build(
  files: Record<string, string> | string,
  args: string[] = [],
  docker = tools("tools"),
  env: Record<string, string> = {},
) {
  const dir = typeof files === "string" ? files : context(files);
  const iidFile = join(dataDir, "iid");
  const ran = await run(docker, ["buildx", "build", "--progress=rawjson", "--iidfile", iidFile, ...args, dir], { env });
  const image = () => {
    if (ran.code !== 0) throw new Error(ran.stderr);
    const found = openImages(dataDir).path(readFileSync(iidFile, "utf8"));
    if (found === undefined) throw new Error("no image");
    return found;
  };
  return { ...ran, digest: () => readFileSync(iidFile, "utf8"), image };
}

const progress = ({ stderr }: Ran) =>
  stderr
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => progressLine.parse(JSON.parse(line)));

const names = (ran: Ran) => [...new Set(progress(ran).flatMap(({ vertexes }) => vertexes.map(({ name }) => name)))];
const output = (ran: Ran) =>
  progress(ran)
    .flatMap(({ logs }) => logs.map(({ data }) => Buffer.from(data, "base64").toString()))
    .join("");

beforeAll(() => void openImages(dataDir));
afterAll(() => made.forEach(removeDirectory));

describe("a build", () => {
  const FILES = {
    ".dockerignore": "node_modules\n*.md\n!KEEP.md\n",
    "package.json": "{}",
    "KEEP.md": "k",
    "README.md": "r",
    "node_modules/x/index.js": "x",
    "src/a.js": "a",
    Dockerfile: `ARG NODE=22
FROM node:\${NODE} AS build
ARG MODE=dev
ARG NODE
ENV A="one two" B=\${MODE:-none}
WORKDIR /usr/src/app
COPY package.json ./
RUN echo "$A $B $NODE" > said
COPY . .

FROM unused AS unused
RUN exit 9

FROM scratch
ENV PATH_TO=\${MISSING:-/srv}
WORKDIR \${PATH_TO}/app
COPY --from=build /usr/src/app .
COPY --from=build --chmod=700 /usr/src/app/said ./script
COPY <<END text
path $PATH_TO
END
EXPOSE 3000
LABEL a="b c"
USER node
CMD ["node", "src/a.js"]
`,
  };

  test("carries out the wanted stage and what it needs, with variables, ignored files and copies between stages", async () => {
    const built = await build(FILES, ["--build-arg", "MODE=prod", "--label", "by=test"]);
    const { rootfs, config } = built.image();
    const read = (path: string) => readFileSync(join(rootfs, "srv/app", path), "utf8");
    expect(read("said")).toBe("one two prod 22\n");
    expect(read("script")).toBe("one two prod 22\n");
    expect(read("text")).toBe("path /srv\n");
    expect(readdirSync(join(rootfs, "srv/app")).sort()).toEqual(
      [".dockerignore", "Dockerfile", "KEEP.md", "package.json", "said", "script", "src", "text"].sort(),
    );
    expect(readdirSync(rootfs)).toEqual(["srv"]);
    expect(config).toEqual({
      Cmd: ["node", "src/a.js"],
      Entrypoint: null,
      Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "PATH_TO=/srv"],
      WorkingDir: "/srv/app",
      ExposedPorts: { "3000/tcp": {} },
      User: "node",
      StopSignal: "",
      Labels: { a: "b c", by: "test" },
    });
  });

  test("shows steps under docker's names, and says that base images are not used", async () => {
    const built = await build(FILES);
    expect(names(built)).toEqual([
      "[internal] load build definition from Dockerfile",
      "[internal] load .dockerignore",
      "[build 1/5] FROM docker.io/library/node:22",
      "[build 2/5] WORKDIR /usr/src/app",
      "[build 3/5] COPY package.json ./",
      '[build 4/5] RUN echo "$A $B $NODE" > said',
      "[build 5/5] COPY . .",
      "[stage-2 1/4] WORKDIR /srv/app",
      "[stage-2 2/4] COPY --from=build /usr/src/app .",
      "[stage-2 3/4] COPY --from=build --chmod=700 /usr/src/app/said ./script",
      "[stage-2 4/4] COPY <<END text",
      "exporting to image",
    ]);
    expect(output(built)).toContain("the base image node:22 is not used");
    expect(progress(built).flatMap(({ vertexes }) => vertexes.filter(({ completed }) => completed))).toHaveLength(12);
  });

  test("gives equal content an equal digest, and other content another", async () => {
    const digest = (await build(FILES)).digest();
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect((await build({ ...FILES })).digest()).toBe(digest);
    expect((await build({ ...FILES, "src/a.js": "b" })).digest()).not.toBe(digest);
  });

  test("shows output the moment it is written", async () => {
    const step = "echo first; while [ ! -e go ]; do sleep 0.05; done; echo second";
    const dir = context({ Dockerfile: `FROM a\nWORKDIR /app\nRUN ${step}\n` });
    const images = join(dataDir, "images");
    // The step ends only because its first line was seen while it ran.
    const ran = await run(tools("tools"), ["buildx", "build", "--progress=plain", dir], {
      onStderr: (text) => {
        if (!/^#\d+ [\d.]+ first$/m.test(text)) return;
        for (const name of readdirSync(images).filter((one) => one.startsWith("building-"))) {
          const app = join(images, name, "stage-0/app");
          if (existsSync(app)) writeFileSync(join(app, "go"), "");
        }
      },
    });
    expect(ran.stderr).toMatch(/^#\d+ [\d.]+ second$/m);
    expect(ran.code).toBe(0);
  });

  test("runs here-documents, exec forms and interpreters, and keeps to the stage's SHELL", async () => {
    const built = await build({
      Dockerfile: `FROM a
RUN <<END
echo one
echo two
END
RUN <<END
#!/usr/bin/env node
console.log("three", process.version)
END
RUN ["/bin/sh", "-c", "echo four $0", "zero"]
SHELL ["/bin/sh", "-ec"]
RUN false; echo never
`,
    });
    expect(output(built)).toMatch(/one\ntwo\nthree v\d+.*\nfour zero\n/);
    expect(built.stderr).toContain(
      'process "/bin/sh -ec false; echo never" did not complete successfully: exit code: 1',
    );
  });

  test("shows bound files to a step and leaves caches out of the image", async () => {
    const mounts = "--mount=type=bind,source=lock.json,target=lock.json --mount=type=cache,target=/var/cache/x";
    const built = await build({
      "lock.json": "locked",
      Dockerfile: `FROM a\nWORKDIR /app\nRUN ${mounts} cat lock.json > copied && touch /var/cache/x/y\n`,
    });
    expect(readdirSync(join(built.image().rootfs, "app"))).toEqual(["copied"]);
    expect(readdirSync(built.image().rootfs)).toEqual(["app"]);
  });
});

describe("a secret of a build", () => {
  const token = "a-secret-of-the-build";
  const withSecret = (dockerfile: string) =>
    build({ Dockerfile: dockerfile }, ["--secret", "id=npm,env=NPM"], tools("tools"), { NPM: token });

  test("is read by the steps that mount it, and lies in no layer and no configuration", async () => {
    const built = await withSecret(
      [
        "FROM a",
        'RUN --mount=type=secret,id=npm test "$(cat /run/secrets/npm)" = a-secret-of-the-build',
        'RUN --mount=type=secret,id=npm,target=/root/.npmrc test "$(cat /root/.npmrc)" = a-secret-of-the-build',
        'RUN --mount=type=secret,id=npm,env=TOKEN test "$TOKEN" = a-secret-of-the-build',
        'RUN test -z "$TOKEN" && test ! -s /run/secrets/npm && touch /done',
      ].join("\n"),
    );
    expect(built.code === 0 ? "" : output(built) + built.stderr).toBe("");
    expect(JSON.stringify(built.image().config)).not.toContain(token);
    expect(spawnSync("grep", ["-r", token, built.image().rootfs]).status).toBe(1);
    expect(readdirSync(join(dataDir, "images")).filter((name) => name.startsWith("building-"))).toEqual([]);
  });

  test("that is not there is missed by steps that require it only", async () => {
    const built = await withSecret("FROM a\nRUN --mount=type=secret,id=pip test ! -e /run/secrets/pip\n");
    expect(built.code === 0 ? "" : output(built) + built.stderr).toBe("");
    const failed = await withSecret("FROM a\nRUN --mount=type=secret,id=pip,required true\n");
    expect(failed.stderr).toContain("secret pip: not found");
  });
});

describe("a build that fails", () => {
  test("ends as docker ends it, with the exit code of the failing command", async () => {
    const ran = await build({ Dockerfile: "FROM a\nRUN echo before && exit 7\n" });
    const message = 'process "/bin/sh -c echo before && exit 7" did not complete successfully: exit code: 7';
    expect(ran.code).toBe(1);
    expect(ran.stderr.trim().split("\n").at(-1)).toBe(`ERROR: failed to solve: ${message}`);
    expect(progress(ran).flatMap(({ vertexes }) => vertexes.flatMap(({ error }) => error ?? []))).toEqual([message]);
    expect(readdirSync(join(dataDir, "images")).filter((name) => name.startsWith("building-"))).toEqual([]);
  });

  const engine = "needs a container engine: line 2";
  const line = (number: number) => `dockerfile parse error on line ${number}:`;
  const checksum = "failed to compute cache key: failed to calculate checksum of ref local::context:";
  test.each([
    ["FROM a\nRUN true\nFLY me\n", `${line(3)} unknown instruction: FLY`],
    ["", "file with no instructions"],
    ["# only words\n", "file with no instructions"],
    ["RUN true\n", `${line(1)} no build stage in current context`],
    ["ARG A=1\n", "dockerfile contains no stages to build"],
    [
      "FROM a\nCOPY a\n",
      `${line(2)} COPY requires at least two arguments, but only one was provided. Destination could not be determined`,
    ],
    ["FROM a\nRUN --fast true\n", `${line(2)} unknown flag: --fast`],
    ["FROM a\nCOPY nothing /x\n", `${checksum} "/nothing": not found`],
    ["FROM a\nCOPY ../secret /x\n", "forbidden path outside the build context: ../secret ()"],
    [
      "FROM a\nCOPY Dockerfile file /x\n",
      "When using COPY with more than one source file, the destination must be a directory and end with a /",
    ],
    [
      "FROM a\nCOPY --from=nginx /etc /x\n",
      `${engine} (COPY --from=nginx /etc /x): it copies from the image nginx, and the host engine has no images of others`,
    ],
    [
      "FROM a\nADD https://example.com/x /x\n",
      `${engine} (ADD https://example.com/x /x): the host engine does not download https://example.com/x`,
    ],
  ])("says so in docker's words: %j", async (Dockerfile, message) => {
    const ran = await build({ Dockerfile, file: "f" });
    expect(ran.stderr).toContain(`ERROR: failed to solve: ${message}\n`);
    expect(ran.code).toBe(1);
  });

  test("refuses what it cannot do before the first step", async () => {
    const ran = await build({ Dockerfile: "FROM node:22-alpine\nRUN echo first\nRUN apk add --no-cache curl\n" });
    const why = "apk installs packages of the base image's distribution";
    expect(ran.stderr).toContain(
      `ERROR: failed to solve: needs a container engine: line 3 (RUN apk add --no-cache curl): ${why}`,
    );
    expect(names(ran).filter((name) => name.includes("RUN"))).toEqual([]);
    expect(ran.code).toBe(1);
  });

  test("says of a step that it may miss a program", async () => {
    const ran = await build({ Dockerfile: "FROM a\nRUN no-such-program\nCMD node\n" });
    expect(ran.stderr).toContain("exit code: 127: steps run on this machine");
  });

  test("names a Dockerfile or a context that is not there", async () => {
    expect((await build({ file: "f" })).stderr).toContain(
      "ERROR: failed to solve: failed to read dockerfile: open Dockerfile: no such file or directory",
    );
    expect((await build("/nowhere")).stderr).toContain('ERROR: unable to prepare context: path "/nowhere" not found');
  });

  test("takes an unclosed JSON array for the shell form, as docker does", async () => {
    const { config } = (await build({ Dockerfile: 'FROM a\nCMD ["node"\n' })).image();
    expect(config.Cmd).toEqual(["/bin/sh", "-c", '["node"']);
  });
});

describe("what a build can reach", () => {
  const outside = mkdtempSync(join(tmpdir(), "slipway-outside-"));
  made.push(outside);

  test("is its own files, not the host's", async () => {
    writeFileSync(join(outside, "secret"), "secret");
    const ran = await build({
      Dockerfile: `FROM a
WORKDIR /usr/src/app
RUN touch here /top && mkdir -p /data && touch /data/x
RUN touch /etc/slipway-was-here || echo etc refused
RUN touch /usr/bin/slipway-was-here || echo usr refused
RUN cat ${outside}/secret || echo secret refused
RUN touch ${process.env.HOME}/slipway-was-here || true
RUN mount -o remount,rw,bind /usr || umount /etc || echo mount refused
RUN grep CapEff /proc/self/status
`,
    });
    const said = output(ran);
    for (const what of ["etc", "usr", "secret", "mount"]) expect(said).toContain(`${what} refused`);
    expect(said).toMatch(/CapEff:\s+0+\n/);
    expect(readdirSync(process.env.HOME ?? "/")).not.toContain("slipway-was-here");
    expect(readdirSync(ran.image().rootfs)).toEqual(expect.arrayContaining(["data", "top", "usr"]));
    expect(readdirSync(join(ran.image().rootfs, "usr/src/app"))).toEqual(["here"]);
  });

  test("is not the programs that lock it in", async () => {
    const Dockerfile = "FROM a\nCOPY ld.so.preload /etc/\nRUN true\n";
    const ran = await build({ "ld.so.preload": "/evil.so", Dockerfile });
    expect(ran.stderr).toContain("the image has /etc/ld.so.preload, which needs a container engine");
  });

  test("is not what a link put in a step's way points to: here-documents replace it, and mount points are not cleared there", async () => {
    const outside = context({});
    writeFileSync(join(outside, "flag"), "");
    mkdirSync(join(outside, "empty"));
    const document = `RUN mkdir /d && ln -s ${outside}/written /d/EOF\nCOPY <<EOF /d/\ntext\nEOF\n`;
    const mounts = "--mount=type=cache,target=/x/empty --mount=type=bind,source=Dockerfile,target=/x/flag";
    const cleared = `RUN ${mounts} mv /x /y && ln -s ${outside} /x\n`;
    const ran = await build({ Dockerfile: `FROM a\n${document}${cleared}` });
    expect(readFileSync(join(ran.image().rootfs, "d/EOF"), "utf8")).toBe("text\n");
    expect(readdirSync(outside).sort()).toEqual(["empty", "flag"]);
  });

  test.each([
    ["bind,source=evil", "/proc/self/root/usr/bin/setpriv"],
    ["bind,source=evil", "/proc/1/root/etc/added"],
    ["cache", "/proc/self/cwd/made"],
    ["bind,source=evil", "/usr/bin/setpriv"],
    ["bind,source=evil", "/etc/ld.so.preload"],
    ["bind", "/"],
    ["tmpfs", "/usr/lib"],
    ["cache", "/dev/fd"],
  ])("is not the programs that lock it in, nor a way around them: a mount of type=%s at %s", async (type, target) => {
    const outside = context({});
    const evil = `#!/bin/sh\ntouch ${outside}/escaped\nexit 1\n`;
    const dir = context({ evil, Dockerfile: `FROM a\nRUN --mount=type=${type},target=${target} true\n` });
    chmodSync(join(dir, "evil"), 0o755);
    const { code, stderr } = await build(dir);
    expect(readdirSync(outside)).toEqual([]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/--mount at \/.*, which needs a container engine/)]);
  });

  test("is a directory of its own below the machine's, and no link of the machine's", async () => {
    const mounts = "--mount=type=bind,source=Dockerfile,target=here --mount=type=cache,target=/usr/share/slipway-none";
    const own = await build({ Dockerfile: `FROM a\nWORKDIR /usr/src/app\nRUN ${mounts} grep -q FROM here\n` });
    expect([own.code, own.stderr]).toEqual([0, expect.anything()]);
    const covered = await build({ Dockerfile: "FROM a\nWORKDIR /usr/local/bin\nRUN touch setpriv\n" });
    expect([covered.code, covered.stderr]).toEqual([1, expect.stringContaining("exit code: 1")]);
  });

  test.each([
    ["Dockerfile", "/dev/zero"],
    [".dockerignore", "/dev/zero"],
    [".dockerignore", "/etc"],
  ])("is not where %s, as a link to %s, leads", async (name, target) => {
    const dir = context({ evil: "", ...(name === "Dockerfile" ? {} : { Dockerfile: "FROM a\nCOPY . /a\n" }) });
    symlinkSync(target, join(dir, name));
    const { code, stderr } = await build(dir);
    expect([code, stderr]).toEqual(
      name === "Dockerfile" ? [1, expect.stringContaining("no such file")] : [0, expect.anything()],
    );
  });

  test("is not what a link points to, neither when copying from it nor onto it", async () => {
    writeFileSync(join(outside, "secret"), "secret");
    const dir = context({ file: "f", Dockerfile: "FROM a\nCOPY links /links\nCOPY file /links/out/file\n" });
    mkdirSync(join(dir, "links"));
    symlinkSync(outside, join(dir, "links/out"));
    const { rootfs } = (await build(dir)).image();
    expect(readdirSync(outside)).toEqual(["secret"]);
    expect(readFileSync(join(rootfs, outside, "file"), "utf8")).toBe("f");
    writeFileSync(join(dir, "Dockerfile"), "FROM a\nCOPY links/out/secret /secret\n");
    expect((await build(dir)).stderr).toContain('"/links/out/secret": not found');
  });
});

test.each([
  [
    "memory",
    { memoryBytes: 200e6 },
    "node -e 'const a = []; setInterval(() => a.push(Buffer.alloc(2e7, 1)), 10)'",
    "out of memory: it reached its limit of 191 MB",
  ],
  ["disk", { diskBytes: 100e6 }, "cat /dev/zero > /filled", "out of disk space: it reached its limit of 95 MB"],
  [
    "processes",
    { processes: 64 },
    `node -e 'setInterval(() => require("child_process").spawn("sleep", ["1000"]).on("error", () => {}), 1)'`,
    "too many processes: it reached its limit of 64",
  ],
])("a step that eats all %s is ended, and its failure says why", async (what, change, command, words) => {
  const limited = tools(`tools-${what}`, { ...stepLimits(), ...change });
  const { code, stderr } = await build({ Dockerfile: `FROM a\nRUN ${command}\n` }, [], limited);
  expect(code).toBe(1);
  expect(stderr).toContain(`did not complete successfully: exit code: 137: ${words}`);
});

test.each([
  ["of its image", "FROM a\nRUN truncate -s 1T /big\n"],
  ["from a stage it begins with", "FROM a AS b\nRUN truncate -s 1T /big\nFROM b\nRUN rm /big\n"],
  ["that it asks for", "FROM a AS b\nRUN truncate -s 1T /big\nFROM a\nCOPY --from=b /big /\n"],
])("a build cannot fill the disk with copies %s of files that are mostly holes", async (_which, Dockerfile) => {
  const { code, stderr } = await build({ Dockerfile });
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining("out of disk space: what is to be copied has 1048576 MB"),
  ]);
});

test("an unknown command is docker's own error", async () => {
  const ran = await run(tools("tools"), ["fly"]);
  expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining("docker: unknown command: docker fly") });
});

describe("with a real engine", () => {
  // Says what it was asked, as docker would answer: the image's id in the file, or a failure of its own.
  const ENGINE = `#!/bin/sh
echo "asked: $*" >&2
env | grep -v ^PWD= | sort >"\${0%/*}/environment"
case $1 in
image) printf '%064d\n' 7 ;;
buildx) exit "$(cat "\${0%/*}/exit")" ;;
esac
`;
  const ask = async (exit: string) => {
    const bin = context({ docker: ENGINE, exit });
    chmodSync(join(bin, "docker"), 0o755);
    const dir = join(dataDir, "tools-engine");
    const address = {
      HOME: "/host/home",
      DOCKER_HOST: "unix:///run/user/7/docker.sock",
      XDG_RUNTIME_DIR: "/run/user/7",
    };
    const operator = { ...address, PATH: `${bin}:${process.env.PATH}`, NODE_ENV: "production", LANG: "C.UTF-8" };
    writeTools(dir, { dataDir, engine: "docker", sandbox: null, hostEnvironment: operator });
    const hostile = { DOCKER_HOST: "tcp://evil:1", CONTAINERS_CONF: "/evil", TMPDIR: "/evil", BASH_ENV: "/evil" };
    const iidFile = join(dataDir, "iid-engine");
    const options = { env: { ...hostile, DOCKER_CONFIG: "/evil", LD_LIBRARY_PATH: "/evil", HOME: "/build/home" } };
    const ran = await run(join(dir, "docker"), ["buildx", "build", "--iidfile", iidFile, context({})], options);
    const seen = readFileSync(join(bin, "environment"), "utf8").trim().split("\n");
    return { ...ran, seen, wanted: Object.entries({ ...address, PATH: operator.PATH }) };
  };

  test("the build is the engine's, which keeps the image", async () => {
    const { code, stderr } = await ask("0");
    expect(code).toBe(0);
    expect(stderr).toMatch(/asked: buildx build --load /);
    expect(stderr).not.toMatch(/--tag app-1/);
    expect(readFileSync(join(dataDir, "iid-engine"), "utf8")).toBe(`sha256:${"7".padStart(64, "0")}`);
  });

  test("the engine's command gets how the operator reaches it, that git is not asked, and nothing of the build's or the operator's besides", async () => {
    const { seen, wanted } = await ask("0");
    const own = ["BUILDX_GIT_INFO", "false"] as const;
    expect(seen).toEqual([...wanted, own].map(([name, value]) => `${name}=${value}`).sort());
  });

  test("its failure is left as it said it", async () => {
    const { code, stderr } = await ask("3");
    expect(code).toBe(3);
    expect(stderr).not.toContain("ERROR");
  });
});
