import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, realpathSync } from "node:fs";
import { basename, dirname, join, posix } from "node:path";
import { type Ignore, namePattern } from "@slipway/text/docker-ignore";
import { withoutEnd } from "@slipway/text/trim";
import { copiedSize, copyTree, type Include, removeTree, resolveIn, writeNew } from "../images/tree.ts";
import { SolveError } from "./failures.ts";
import type { Heredoc } from "./heredocs.ts";

/** Where `COPY` takes files from: the build context, or the tree of an earlier stage. */
export interface CopySource {
  readonly root: string;
  readonly ignore: Ignore;
}

export interface Copy {
  readonly keyword: string;
  readonly sources: readonly string[];
  /** As written, variables replaced. */
  readonly destination: string;
  readonly heredocs: readonly Heredoc[];
  /** Permission bits for all that is copied. */
  readonly mode: number | undefined;
}

const isDirectory = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

const notFound = (path: string) =>
  new SolveError(
    `failed to compute cache key: failed to calculate checksum of ref local::context: "/${path}": not found`,
  );

/** A path inside the source, without leading slash; docker's refusal for one that climbs out. */
function inside(path: string): string {
  const clean = withoutEnd(posix.normalize(path).replace(/^\/+/, ""), "/");
  if (clean === ".." || clean.startsWith("../"))
    throw new SolveError(`forbidden path outside the build context: ${path} ()`);
  return clean === "." ? "" : clean;
}

/** The paths that a pattern stands for, in order; itself when it has no wildcard. */
function glob(root: string, pattern: string): string[] {
  if (!/[*?[]/.test(pattern)) return [pattern];
  let found = [""];
  for (const part of pattern.split("/")) {
    const match = namePattern(part);
    const below = (at: string): string[] =>
      isDirectory(resolveIn(root, at)) ? readdirSync(resolveIn(root, at)).sort() : [];
    found = found.flatMap((at) =>
      below(at)
        .filter((name) => match(name))
        .map((name) => posix.join(at, name)),
    );
  }
  return found;
}

/** The host path of a source; links on the way are followed inside the source only. */
function locate({ root, ignore }: CopySource, path: string): string {
  const host = resolveIn(root, path);
  const stat = lstatSync(host, { throwIfNoEntry: false });
  const left = path !== "" && ignore.excludes(path) && !(stat?.isDirectory() === true && ignore.hasExceptions);
  if (stat === undefined || left) throw notFound(path);
  return host;
}

function chmodAll(path: string, mode: number): void {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  if (stat.isDirectory()) for (const name of readdirSync(path)) chmodAll(join(path, name), mode);
  chmodSync(path, mode);
}

/** Copies, by way of `scratch` where permissions are to be changed, so that nothing else in the tree is. */
function withMode(
  mode: number | undefined,
  scratch: string,
  from: string,
  to: string,
  include: Include,
  path: string,
): void {
  if (mode === undefined) {
    copyTree(from, to, include, path);
    return;
  }
  const staged = join(mkdtempSync(join(scratch, "copy-")), "staged");
  copyTree(from, staged, include, path);
  if (lstatSync(staged, { throwIfNoEntry: false }) === undefined) return;
  if (isDirectory(staged)) for (const name of readdirSync(staged)) chmodAll(join(staged, name), mode);
  else chmodAll(staged, mode);
  copyTree(staged, to);
  removeTree(join(staged, ".."));
}

/** Throws where a copy would take more than a step may: nobody watches what the builder itself writes. */
export function refuseLarge(path: string, limitBytes: number): void {
  const size = copiedSize(path);
  if (size <= limitBytes) return;
  const [has, may] = [size, limitBytes].map((bytes) => Math.round(bytes / 1024 ** 2));
  throw new SolveError(`out of disk space: what is to be copied has ${has} MB, and the limit is ${may} MB`);
}

/** The text of here-documents, given as files of their names, or as the one file at `at` inside. */
function writeHeredocs(copy: Copy, rootfs: string, at: string, intoDirectory: boolean): void {
  for (const { name, content } of copy.heredocs) {
    const file = intoDirectory ? resolveIn(rootfs, posix.join(at, name), false) : resolveIn(rootfs, at);
    mkdirSync(dirname(file), { recursive: true });
    writeNew(file, content, copy.mode);
  }
}

/**
 * Carries out `COPY` or `ADD` into the tree at `rootfs`: a directory gives its contents, a destination that ends with `/` or is a
 * directory takes files by their names. Throws {@link SolveError} as docker words it for what is missing or outside.
 */
export function copyInto(
  rootfs: string,
  workdir: string,
  copy: Copy,
  source: CopySource,
  { scratch, limitBytes }: { readonly scratch: string; readonly limitBytes: number },
): void {
  const intoDirectory = /(^|\/)\.?$/.test(copy.destination);
  const count = copy.sources.length + copy.heredocs.length;
  if (count > 1 && !intoDirectory) {
    throw new SolveError(
      `When using ${copy.keyword} with more than one source file, the destination must be a directory and end with a /`,
    );
  }
  const at = posix.resolve(workdir, copy.destination);
  const target = resolveIn(rootfs, at);
  writeHeredocs(copy, rootfs, at, intoDirectory || isDirectory(target));
  const root = realpathSync(source.root);
  for (const path of copy.sources.flatMap((one) => glob(root, inside(one)))) {
    const from = locate({ ...source, root }, path);
    refuseLarge(from, limitBytes);
    const whole = isDirectory(from);
    const to = whole || !(intoDirectory || isDirectory(target)) ? target : join(target, basename(path));
    if (whole) mkdirSync(target, { recursive: true });
    withMode(copy.mode, scratch, from, to, (at) => !source.ignore.excludes(at), path);
  }
}
