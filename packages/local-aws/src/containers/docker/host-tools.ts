import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { SYSTEM } from "./plan.ts";
import { DEFAULT_DIRECTORIES } from "./program-path.ts";
import type { ShellCommand } from "./shell-commands.ts";

/** What a command needs that this machine cannot give without a container engine, as the rest of a sentence after its name. */
type Unmet = string;

const PACKAGES = "installs packages of the base image's distribution";
const USERS = "changes the users of the base image";
const SYSTEM_FILES = "changes system files of the base image";
const OWNERS = "needs users of the base image, and on this machine steps run as one user";
const EXTENSIONS = "builds extensions of the base image's PHP";

/** They change what belongs to the base image: even where this machine has them, they are not allowed to change the machine. */
const CHANGES_BASE: ReadonlyMap<string, Unmet> = new Map(
  Object.entries({
    [PACKAGES]:
      "apk apt apt-get aptitude dpkg yum dnf microdnf tdnf zypper pacman emerge opkg rpm apt-key add-apt-repository",
    [USERS]: "adduser addgroup useradd groupadd usermod groupmod deluser delgroup userdel groupdel chpasswd passwd",
    [SYSTEM_FILES]:
      "update-ca-certificates update-alternatives locale-gen dpkg-reconfigure ldconfig setcap a2enmod a2dismod a2ensite a2dissite a2enconf rc-update systemctl corepack",
    [OWNERS]: "su gosu su-exec runuser",
    [EXTENSIONS]:
      "docker-php-ext-install docker-php-ext-configure docker-php-ext-enable docker-php-source pecl phpize install-php-extensions",
  }).flatMap(([why, names]) => names.split(" ").map((name) => [name, why] as const)),
);

/** Languages, package managers and servers that base images bring. Where this machine has them, its own are used. */
const BROUGHT = new Set(
  [
    "go gofmt cargo rustc rustup cross java javac jar mvn gradle sbt lein clojure kotlinc scala dotnet",
    "python python2 python3 pip pip3 pipenv poetry uv uvx conda mamba pdm gunicorn uvicorn flask django-admin celery",
    "ruby bundle bundler gem rake rails puma php composer php-fpm apache2-foreground symfony artisan wp",
    "yarn pnpm bun bunx deno perl cpan cpanm R Rscript julia elixir mix erl rebar3 ghc stack cabal swift dart flutter crystal nim zig lua luarocks",
    "nginx httpd apache2 caddy traefik haproxy redis-server postgres mysqld mongod memcached varnishd tomcat catalina.sh",
    "git curl wget make cmake gcc g++ cc c++ clang pkg-config protoc hugo zola jekyll mkdocs unzip zip rsync jq envsubst openssl tini dumb-init supervisord s6-svscan",
    "bash ash zsh pwsh powershell",
  ].flatMap((names) => names.split(" ")),
);

/** Images whose own command is a server: a Dockerfile that names no command wants that one. */
const SERVERS = new Set(
  [
    "nginx nginx-unprivileged httpd caddy traefik haproxy varnish openresty tomcat jetty wildfly",
    "redis valkey postgres mysql mariadb mongo memcached rabbitmq nats elasticsearch",
    "wordpress ghost drupal joomla nextcloud mediawiki grafana prometheus registry adminer phpmyadmin",
  ].flatMap((names) => names.split(" ")),
);

/** Whether steps can run a program of that name: this machine's, where the sandbox shows it, or the Node and npm it brings. */
export function isHere(name: string): boolean {
  if (["node", "npm", "npx"].includes(name)) return true;
  return DEFAULT_DIRECTORIES.map((dir) => join(dir, name))
    .filter((path) => existsSync(path))
    .some((path) => SYSTEM.some((dir) => realpathSync(path).startsWith(`${dir}/`)));
}

/** What a stage has done before a command runs. */
export interface Surroundings {
  /** As `ENV` set it. */
  readonly path: string;
  /** The text of all that came before in the stage: a program may have been put there by it. */
  readonly before: string;
  /** Whether steps can run a program of that name; {@link isHere}. */
  readonly hasProgram: (name: string) => boolean;
}

const hasFlag = (args: readonly string[], ...flags: readonly string[]): boolean =>
  args.some((arg) => flags.some((flag) => arg === flag || arg.startsWith(`${flag}=`)));

/** Whether the image's `PATH` has a directory of the image's own, into which earlier steps may have installed programs. */
const hasOwnPath = ({ path }: Surroundings): boolean =>
  path.split(":").some((dir) => dir !== "" && !DEFAULT_DIRECTORIES.includes(dir));

const isNobodyElse = (owner: string): boolean => /^(?:root|0)?(?::(?:root|0)?)?$/.test(owner);

/** Programs that need something only with certain arguments. */
const ARGUMENTS: Readonly<Record<string, (args: readonly string[], around: Surroundings) => Unmet | undefined>> = {
  npm: (args) =>
    hasFlag(args, "-g", "--global") && !hasFlag(args, "--prefix")
      ? "installs programs beside the Node.js of the base image"
      : undefined,
  chown: (args) => (isNobodyElse(args.find((arg) => !arg.startsWith("-")) ?? "") ? undefined : OWNERS),
  chgrp: (args) => (isNobodyElse(args.find((arg) => !arg.startsWith("-")) ?? "") ? undefined : OWNERS),
  install: (args) => (hasFlag(args, "-o", "-g", "--owner", "--group") ? OWNERS : undefined),
  pip: pip,
  pip3: pip,
  python: (args, around) => (args[0] === "-m" && args[1] === "pip" ? pip(args.slice(2), around) : undefined),
  python3: (args, around) => (args[0] === "-m" && args[1] === "pip" ? pip(args.slice(2), around) : undefined),
  gem: (args) => (args[0] === "install" ? "installs programs beside the Ruby of the base image" : undefined),
};

function pip([command = "", ...args]: readonly string[], around: Surroundings): Unmet | undefined {
  const isElsewhere = hasOwnPath(around) || hasFlag(args, "-t", "--target", "--prefix", "--root", "--user");
  return command !== "install" || isElsewhere ? undefined : "installs packages into the Python of the base image";
}

/** Whether something before the command may have put a program of that name into the image. */
const mayHaveBeenMade = (name: string, around: Surroundings): boolean =>
  new RegExp(`/${name.replace(/[^\w-]/g, "\\$&")}(?![\\w./-])`).test(around.before) ||
  (hasOwnPath(around) && /venv|virtualenv|node_modules/.test(around.path + around.before));

/** What is missing for a command of a step, or of the image; `undefined`: nothing that is known. */
export function unmetBy({ name, args }: Pick<ShellCommand, "name" | "args">, around: Surroundings): Unmet | undefined {
  const changes = CHANGES_BASE.get(name);
  if (changes !== undefined) return changes;
  if (mayHaveBeenMade(name, around)) return undefined;
  if (BROUGHT.has(name) && !around.hasProgram(name)) return "is a program that the base image brings";
  return ARGUMENTS[name]?.(args, around);
}

/** Whether a script names a program that belongs to base images, in whatever place. */
export const namesBaseProgram = (script: string): boolean =>
  (script.match(/[\w+.-]+/g) ?? []).some((word) => CHANGES_BASE.has(word) || (BROUGHT.has(word) && !isHere(word)));

/** Whether a base image's own command is a server. */
export function isServer(image: string): boolean {
  const [path = ""] = image.split("@");
  const [name = "", tag = ""] = path.slice(path.lastIndexOf("/") + 1).split(":");
  return SERVERS.has(name) || (name === "php" && /apache|fpm/.test(tag));
}
