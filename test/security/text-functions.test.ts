import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { expect, test } from "@jest/globals";

/** So long that whoever goes through it again for each of its characters takes minutes. */
const length = 128 * 1024;
/** For one function and one text; going through it once takes milliseconds, and a busy machine is given time. */
const timeoutMs = 20_000;

/** Texts that begin again and again what functions look for. */
const units = [
  "a",
  " ",
  "\n",
  "\r",
  "\t",
  "/",
  ".",
  ":",
  "@",
  "-",
  "=",
  "<",
  "[",
  "{",
  "\\",
  "\u001b",
  "\u0000",
  "\u202e",
  "\u200d",
  "é",
  "🚢",
  "\ud800",
  "\u001b[31m",
  "\u001b]",
  "\u001b[0;",
  "\u009d",
  "a\u001b[31m",
  "a\r",
  "a\n",
  "aaaaaaaaaaaaaaaaaaa ",
  "//",
  "../",
  "a/",
  "a.",
  "a@",
  "-----BEGIN PRIVATE KEY-----",
  "eyJaaaaaaaa.",
  "://a:",
  "Authorization: Bearer ",
  "aws_secret_access_key        ",
  "; slipway_session=",
  "[skip ",
  "repository ",
  "fatal: ",
  "{a,",
  "*a",
  "**/",
  "[a",
  "+(",
  "<!",
  "http://",
  "www.",
  "ghp_",
  "[1/1] ",
];

interface Progress {
  readonly name: string;
  readonly unit: string;
}

/** The function and the text on which the work did not end in time; `""`: all of it did. */
async function slowest(): Promise<Progress> {
  const worker = new Worker(join(import.meta.dirname, "text-functions.worker.ts"), {
    workerData: { names: null, units, length },
  });
  let last: Progress = { name: "none began", unit: "" };
  await new Promise<void>((done, fail) => {
    // It has to load everything first.
    let timer = setTimeout(done, 6 * timeoutMs);
    worker.on("error", fail);
    worker.on("message", (progress: Progress) => {
      last = progress;
      clearTimeout(timer);
      if (progress.name === "") done();
      else timer = setTimeout(done, timeoutMs);
    });
  });
  await worker.terminate();
  return last;
}

test("whatever meets text from outside takes time in proportion to it", async () => {
  expect(await slowest()).toEqual({ name: "", unit: "" });
}, 900_000);
