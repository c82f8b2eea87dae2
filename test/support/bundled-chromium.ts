import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import * as z from "zod";

const modules = resolve(import.meta.dirname, "../../node_modules");
const name = "@sparticuz/chromium";
const manifestSchema = z.object({ version: z.string() });

/**
 * The browser that `npm ci` brings to Linux, unpacked. The package itself unpacks into the temporary directory and takes what lies
 * there for whole, also while another process still writes it (`ETXTBSY`); here it appears at once, by renaming.
 */
export async function bundledChromium(): Promise<string> {
  const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8")));
  const cache = join(modules, ".cache");
  const directory = join(cache, `chromium-${manifest.version}`);
  if (!existsSync(directory)) {
    mkdirSync(cache, { recursive: true });
    await unpack(directory);
  }
  return join(directory, "chromium");
}

async function unpack(directory: string): Promise<void> {
  const own = mkdtempSync(`${directory}.`);
  const program = `import chromium from "${name}"; await chromium.executablePath();`;
  await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: modules,
    env: { ...process.env, TMPDIR: own },
  });
  try {
    renameSync(own, directory);
  } catch (error) {
    // Another process was first.
    if (!existsSync(directory)) throw error;
    rmSync(own, { recursive: true });
  }
}
