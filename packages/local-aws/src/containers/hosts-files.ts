import { chmodSync, closeSync, ftruncateSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

/**
 * The hosts files of what runs in containers: what their own machine has in it, and the names that lead to one address. The C library
 * reads the file at each look-up, so that names reach also what runs already.
 */
export interface HostsFiles {
  /** Makes a file with these lines at its beginning, and answers its path. Whoever is not this user may read it, too. */
  open(name: string, own: string): string;
  /** Removes it; nothing happens where there is none. */
  close(name: string): void;
  /** From now on these names lead to the address, and no others. */
  set(hosts: readonly string[]): void;
}

/** In place, since a file that is mounted is not found again by its name; nobody reads half of it meanwhile. */
function rewrite(path: string, text: string, before: number): void {
  const bytes = Buffer.from(text);
  const file = openSync(path, "r+");
  try {
    writeSync(file, Buffer.concat([bytes, Buffer.alloc(Math.max(0, before - bytes.length), "\n")]), 0, undefined, 0);
    ftruncateSync(file, bytes.length);
  } finally {
    closeSync(file);
  }
}

/** Keeps them in a directory of its own, of which nothing is left from before. */
export function openHostsFiles(directory: string, address: string): HostsFiles {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const files = new Map<string, { readonly own: string; bytes: number }>();
  const pathOf = (name: string): string => join(directory, name);
  let lines = "";
  const textOf = (own: string): string => `${own.trimEnd()}\n${lines}`;
  return {
    open: (name, own) => {
      const text = textOf(own);
      writeFileSync(pathOf(name), text);
      // Whatever this process keeps to itself otherwise.
      chmodSync(pathOf(name), 0o644);
      files.set(name, { own, bytes: Buffer.byteLength(text) });
      return pathOf(name);
    },
    close: (name) => {
      files.delete(name);
      rmSync(pathOf(name), { force: true });
    },
    set: (hosts) => {
      lines = hosts.map((host) => `${address} ${host}\n`).join("");
      for (const [name, file] of files) {
        const text = textOf(file.own);
        rewrite(pathOf(name), text, file.bytes);
        file.bytes = Buffer.byteLength(text);
      }
    },
  };
}
