import { existsSync } from "node:fs";

/** Variables that some shells export by themselves, and those that no assignment can give any value: set by `env` alone. */
const SHELLS_OWN = ["PWD", "OLDPWD", "SHLVL", "_"];
const UNASSIGNABLE = ["UID", "EUID", "PPID", "OPTIND", "BASHOPTS", "SHELLOPTS", "BASH_VERSINFO", "LINENO", "GROUPS"];
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
const PREFIX = "SANDBOXED_";

const ENTER = `names=$1
shift
umask 022
for name in $names; do eval "export $name=\\"\\$${PREFIX}$name\\""; unset "${PREFIX}$name"; done
exec "$@"`;

const PERL = "/usr/bin/perl";
/** `landlock_create_ruleset` and `landlock_restrict_self`, which have these numbers on every architecture. */
const SCOPE =
  'my $a = pack("QQQ", 0, 0, 1); my $fd = syscall(444, $a, 24, 0); syscall(446, $fd, 0) if $fd >= 0; exec { $ARGV[0] } @ARGV; exit 127';

/** `keyctl`; elsewhere keys are kept apart by the user namespace alone. */
const KEYCTL: Readonly<Partial<Record<NodeJS.Architecture, number>>> = { x64: 250, arm64: 219 };
const OWN_KEYRING = `syscall(${KEYCTL[process.arch]}, 1, 0); `;

const isPlain = (name: string): boolean =>
  IDENTIFIER.test(name) && !SHELLS_OWN.includes(name) && !UNASSIGNABLE.includes(name);

export interface Entering {
  /** For the programs that make the sandbox: the command's variables under other names. */
  readonly env: Readonly<Record<string, string>>;
  /** What to execute inside, once nothing holds privileges any more. */
  readonly argv: readonly string[];
}

/**
 * How a command gets its environment, byte for byte and nothing else. A variable such as LD_PRELOAD must not reach the programs
 * that make the sandbox, so they carry it under another name; it is not given as an argument, which every user of the machine could
 * read, but for the few names that a shell cannot set. Abstract Unix sockets know no mount namespace: Landlock keeps the command
 * away from those of others, where the kernel can (Linux 6.12) and Perl is there to ask it. The same program leaves the session's
 * keyring, in which the user may hold keys.
 */
export function entering(argv: readonly string[], env: Readonly<Record<string, string>>): Entering {
  const all = Object.entries(env);
  const plain = all.filter(([name]) => isPlain(name));
  const others = all.filter(([name]) => !isPlain(name)).map(([name, value]) => `${name}=${value}`);
  const unset = SHELLS_OWN.filter((name) => !(name in env)).flatMap((name) => ["-u", name]);
  const names = plain.map(([name]) => name).join(" ");
  return {
    env: Object.fromEntries(plain.map(([name, value]) => [`${PREFIX}${name}`, value])),
    argv: [
      ...(existsSync(PERL) ? [PERL, "-e", `${process.arch in KEYCTL ? OWN_KEYRING : ""}${SCOPE}`] : []),
      ...["/bin/sh", "-c", ENTER, "sh", names, "/usr/bin/env", ...unset, ...others, ...argv],
    ],
  };
}
