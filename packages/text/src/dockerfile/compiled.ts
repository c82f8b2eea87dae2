import {
  type DockerfileProposal,
  dockerfileOf,
  found,
  has,
  healthCheck,
  ignoring,
  type Source,
  wgetCheck,
} from "./source.ts";

export function goDockerfile(source: Source): DockerfileProposal | null {
  if (!has(source, "go.mod")) return null;
  const version = found(source, "go.mod", /^go (\d+\.\d+)/m) ?? "1";
  const main = mainPackage(source);
  if (main === null) return null;
  const caches = "--mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build";
  return {
    of: "a Go program",
    dockerfile: dockerfileOf(
      [
        `FROM golang:${version}-alpine AS build`,
        "WORKDIR /src",
        `COPY go.mod ${has(source, "go.sum") ? "go.sum " : ""}./`,
        "RUN --mount=type=cache,target=/go/pkg/mod go mod download",
        "COPY . .",
        `RUN ${caches} \\\n  CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/app ${main}`,
      ],
      [
        "FROM alpine:3",
        "ENV PORT=8080",
        "RUN apk add --no-cache ca-certificates tzdata && adduser -S -D -H app",
        "COPY --from=build /out/app /usr/local/bin/app",
        "USER app",
        "EXPOSE 8080",
        wgetCheck,
        'CMD ["app"]',
      ],
    ),
    dockerignore: ignoring("bin"),
  };
}

/** Where the program is: at the root, or the first of the commands. */
function mainPackage(source: Source): string | null {
  const isMain = (file: string): boolean => /^package main$/m.test(source.read(file) ?? "");
  if (source.files.some((file) => /^[^/]+\.go$/.test(file) && isMain(file))) return ".";
  const command = source.files
    .filter((file) => /^cmd\/[\w-]+\/[^/]+\.go$/.test(file) && isMain(file))
    .toSorted()
    .at(0);
  return command === undefined ? null : `./${command.slice(0, command.lastIndexOf("/"))}`;
}

export function rustDockerfile(source: Source): DockerfileProposal | null {
  const name = found(source, "Cargo.toml", /^\[package\][^[]*?^name\s*=\s*"([\w-]+)"/ms);
  if (name === null || !has(source, "src/main.rs")) return null;
  const caches = "--mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target";
  const locked = has(source, "Cargo.lock") ? " --locked" : "";
  return {
    of: "a Rust program",
    dockerfile: dockerfileOf(
      [
        "FROM rust:1-slim-bookworm AS build",
        "WORKDIR /src",
        "COPY . .",
        "# A cache mount is in no layer: what is kept is copied out of it.",
        `RUN ${caches} \\\n  cargo build --release${locked} && cp target/release/${name} /usr/local/bin/app`,
      ],
      [
        "FROM debian:bookworm-slim",
        "ENV PORT=8080",
        "RUN useradd --system --no-create-home app",
        "COPY --from=build /usr/local/bin/app /usr/local/bin/app",
        "USER app",
        "EXPOSE 8080",
        // The image has neither curl nor wget.
        healthCheck(
          `bash -c 'exec 3<>/dev/tcp/127.0.0.1/$PORT && printf "GET / HTTP/1.0\\\\r\\\\n\\\\r\\\\n" >&3 && head -1 <&3 | grep -q " [23]"'`,
        ),
        'CMD ["app"]',
      ],
    ),
    dockerignore: ignoring("target"),
  };
}
