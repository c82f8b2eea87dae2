// Stands for the compiling and bundling that a real application does: it takes its time and says how far it has come.
import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

const PARTS = [
  "reading package.json",
  "checking sources",
  "rendering the page",
  "compressing assets",
  "writing build.json",
];

const { name, version } = JSON.parse(await readFile("package.json", "utf8"));
console.log(`Building ${name} ${version} with Node ${process.version}`);
for (const [index, part] of PARTS.entries()) {
  await pause(300);
  console.log(`[${index + 1}/${PARTS.length}] ${part}`);
}
await writeFile("build.json", `${JSON.stringify({ version, builtAt: new Date().toISOString() })}\n`);
console.log("Done.");
