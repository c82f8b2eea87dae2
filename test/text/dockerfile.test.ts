import { describe, expect, test } from "@jest/globals";
import { proposeDockerfile } from "@slipway/text/dockerfile/propose";
import { DockerfileParser } from "dockerfile-ast";
import { readDockerfile } from "../../packages/cli/src/repository/proposal/dockerfile.ts";

type Files = Readonly<Record<string, string>>;

function propose(files: Files) {
  const proposal = proposeDockerfile({ files: Object.keys(files), read: (path) => files[path] ?? null });
  if (proposal === null) throw new Error("Nothing is proposed.");
  return proposal;
}

const manifest = (value: object): string => JSON.stringify({ scripts: { start: "node server.js" }, ...value });

const repositories: readonly (readonly [of: string, files: Files, expected: readonly RegExp[]])[] = [
  [
    "a Node.js app with npm",
    { "package.json": manifest({ engines: { node: "22.x" } }), "package-lock.json": "{}", "server.js": "" },
    [/^FROM node:22-slim AS build$/m, /type=cache,target=\/root\/\.npm npm ci$/m, /^CMD \["node", "server\.js"\]$/m],
  ],
  [
    "a Node.js app with pnpm",
    { "package.json": manifest({ scripts: { build: "tsc", start: "next start" } }), "pnpm-lock.yaml": "" },
    [/corepack enable/, /pnpm install --frozen-lockfile/, /^RUN pnpm run build$/m, /^CMD \["pnpm", "run", "start"\]$/m],
  ],
  [
    "a Node.js app with yarn",
    { "package.json": manifest({ workspaces: ["a"] }), "yarn.lock": "__metadata:\n  version: 8\n" },
    [/yarn install --immutable/, /yarn workspaces focus --production --all/],
  ],
  [
    "a web page built with vite and npm",
    {
      "package.json": JSON.stringify({ scripts: { build: "vite build" }, devDependencies: { vite: "^8" } }),
      "index.html": "",
    },
    [/^COPY --from=build \/app\/dist \/usr\/share\/nginx\/html$/m, /nginx-unprivileged/],
  ],
  [
    "a Python app with pip",
    { "requirements.txt": "flask\ngunicorn==23\n", "app.py": "app = Flask(__name__)\n" },
    [/pip install -r requirements\.txt/, /^CMD exec gunicorn app:app --bind 0\.0\.0\.0:\$PORT$/m],
  ],
  [
    "a Python app with uv",
    {
      "pyproject.toml": 'requires-python = ">=3.14"\ndependencies = ["fastapi"]',
      "uv.lock": "",
      "main.py": "api = FastAPI()\n",
    },
    [/^FROM python:3\.14-slim$/m, /uv sync --frozen --no-dev/, /uvicorn main:api --host 0\.0\.0\.0 --port \$PORT/],
  ],
  [
    "a Python app with Poetry",
    { "pyproject.toml": "", "poetry.lock": "", "manage.py": "", "shop/wsgi.py": "", ".python-version": "3.12.4" },
    [/^FROM python:3\.12-slim$/m, /poetry install --only main/, /manage\.py runserver 0\.0\.0\.0:\$PORT/],
  ],
  [
    "a Go program",
    {
      "go.mod": "module x\n\ngo 1.24.2\n",
      "go.sum": "",
      "cmd/shop/main.go": "package main\n",
      "internal/a.go": "package a\n",
    },
    [/^FROM golang:1\.24-alpine AS build$/m, /^COPY go\.mod go\.sum \.\/$/m, /-o \/out\/app \.\/cmd\/shop$/m],
  ],
  [
    "a Rust program",
    { "Cargo.toml": '[package]\nedition = "2024"\nname = "shop"\n', "Cargo.lock": "", "src/main.rs": "" },
    [/cargo build --release --locked && cp target\/release\/shop \/usr\/local\/bin\/app/],
  ],
  [
    "a Java app with Maven",
    { "pom.xml": "<java.version>17</java.version>" },
    [/^FROM maven:3-eclipse-temurin-17 AS build$/m, /^FROM eclipse-temurin:17-jre-alpine$/m],
  ],
  [
    "a Java app with Gradle",
    { "build.gradle.kts": 'plugins { id("org.springframework.boot") }\nkotlin { jvmToolchain(25) }' },
    [/^FROM gradle:8-jdk25 AS build$/m, /gradle --no-daemon bootJar/],
  ],
  [
    "a Rails app",
    { Gemfile: 'ruby "3.3.1"\n', "Gemfile.lock": "", "bin/rails": "", "package.json": "{}" },
    [/^FROM ruby:3\.3-slim AS base$/m, /assets:precompile/, /bin\/rails server -b 0\.0\.0\.0 -p \$PORT/],
  ],
  [
    "a Ruby app",
    { Gemfile: 'gem "puma"\n', "config.ru": "" },
    [/^COPY Gemfile \.\/$/m, /bundle exec puma -b tcp:\/\/0\.0\.0\.0:\$PORT/],
  ],
  [
    "a PHP app with Composer",
    { "composer.json": '{"require":{"php":">=8.2"}}', "composer.lock": "", "public/index.php": "" },
    [/composer install --no-dev/, /APACHE_DOCUMENT_ROOT=\/var\/www\/html\/public/, /^USER www-data$/m],
  ],
  ["a static site", { "public/index.html": "" }, [/^COPY public \/usr\/share\/nginx\/html$/m]],
];

describe("a Dockerfile that is proposed", () => {
  test.each(repositories)("is of %s", (of, files, expected) => {
    const proposal = propose(files);
    expect(proposal.of).toBe(of);
    for (const pattern of expected) expect(proposal.dockerfile).toMatch(pattern);
  });

  test.each(repositories)("runs without root, is checked, and says its port: %s", (_of, files) => {
    const { dockerfile, dockerignore } = propose(files);
    const keywords = DockerfileParser.parse(dockerfile)
      .getInstructions()
      .map((instruction) => instruction.getKeyword());
    const known = ["FROM", "ENV", "WORKDIR", "COPY", "RUN", "USER", "EXPOSE", "HEALTHCHECK", "CMD"];
    expect(keywords.filter((keyword) => !known.includes(keyword))).toEqual([]);
    expect(keywords).toContain("HEALTHCHECK");
    expect(/^USER (?!root)/m.test(dockerfile) || /nginx-unprivileged/.test(dockerfile)).toBe(true);
    const port = Number(/^EXPOSE (\d+)$/m.exec(dockerfile)?.[1]);
    expect(readDockerfile(dockerfile).port).toBe(port);
    expect(dockerfile).toMatch(new RegExp(`^ENV .*\\bPORT=${port}\\b`, "m"));
    // What Slipway tells the app at run time must count, and not what the build knew.
    expect(dockerfile).not.toMatch(new RegExp(`127\\.0\\.0\\.1[:/]${port}`));
    expect(dockerfile).not.toMatch(/\bundefined\b|(?<!dev\/)null|\n\n\n/);
    expect(dockerignore.split("\n")).toEqual(expect.arrayContaining([".git", ".env"]));
  });

  test("is none where nothing shows what it would be of", () => {
    const nothing = [
      {},
      { "README.md": "" },
      { "package.json": "{}" },
      { "go.mod": "module x", "a.go": "package a\n" },
    ];
    for (const files of nothing) expect(proposeDockerfile({ files: Object.keys(files), read: () => null })).toBeNull();
  });

  test("puts nothing of a repository into a command unless it is plain", () => {
    const files = {
      "package.json": JSON.stringify({ scripts: { start: "node a.js && rm -rf /" } }),
      "package-lock.json": "",
    };
    expect(propose(files).dockerfile).toMatch(/^CMD \["npm", "run", "start"\]$/m);
    const main = JSON.stringify({ main: "a.js; evil" });
    const quoted = { files: ["package.json", "a.js; evil"], read: () => main };
    expect(proposeDockerfile(quoted)).toBeNull();
  });
});
