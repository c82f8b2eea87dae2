import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { expect, test } from "@jest/globals";
import { lastProgress } from "./worker-progress.ts";

/** So long that whoever goes through it again for each of its characters takes minutes. */
const length = 128 * 1024;
/** For one function and one text; going through it once takes milliseconds, and a busy machine is given time. */
const limitMs = 20_000;

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
  return lastProgress<Progress>(worker, {
    first: { name: "none began", unit: "" },
    isDone: ({ name }) => name === "",
    limitMs,
  });
}

test("whatever meets text from outside takes time in proportion to it", async () => {
  expect(await slowest()).toEqual({ name: "", unit: "" });
}, 900_000);
