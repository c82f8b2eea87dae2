import { expect, test } from "@jest/globals";
import { relevantLines } from "../../lib/core/log/relevant-lines.ts";

/** Crashes as these runtimes print them. */
const CRASHES: readonly [runtime: string, output: string, telling: readonly string[]][] = [
  [
    "Node, thrown",
    `starting
/app/server.js:3
  throw new Error("DATABASE_URL is not set");
  ^

Error: DATABASE_URL is not set
    at boot (/app/server.js:3:9)
    at Object.<anonymous> (/app/server.js:6:1)
    at Module._compile (node:internal/modules/cjs/loader:1730:14)
    at Object..js (node:internal/modules/cjs/loader:1895:10)
    at node:internal/main/run_main_module:36:49

Node.js v24.1.0
`,
    ["Error: DATABASE_URL is not set", "at boot (/app/server.js:3:9)"],
  ],
  [
    "Node, a missing module",
    `node:internal/modules/cjs/loader:1404
  throw err;
  ^

Error: Cannot find module 'express'
Require stack:
- /app/server.js
    at Function._resolveFilename (node:internal/modules/cjs/loader:1401:15)
    at Module.require (node:internal/modules/cjs/loader:1487:12)
    at Object.<anonymous> (/app/server.js:1:17) {
  code: 'MODULE_NOT_FOUND',
  requireStack: [ '/app/server.js' ]
}

Node.js v24.1.0
`,
    ["Error: Cannot find module 'express'"],
  ],
  [
    "Node, a port in use, started by npm",
    `> shop@1.0.0 start
> node server.js

node:events:485
      throw er; // Unhandled 'error' event
      ^

Error: listen EADDRINUSE: address already in use :::3000
    at Server.setupListenHandle [as _listen2] (node:net:1940:16)
    at node:internal/main/run_main_module:36:49
Emitted 'error' event on Server instance at:
    at emitErrorNT (node:net:1919:8) {
  code: 'EADDRINUSE',
  port: 3000
}

Node.js v24.1.0
npm error Lifecycle script \`start\` failed with error:
npm error code 1
npm error path /app
npm error workspace shop@1.0.0
npm error location /app
npm error command failed
npm error command sh -c node server.js
`,
    ["Error: listen EADDRINUSE: address already in use :::3000"],
  ],
  [
    "Node, a typed error of an ES module",
    `file:///app/main.mjs:1
import { nothing } from "node:fs";
         ^^^^^^^
SyntaxError: The requested module 'node:fs' does not provide an export named 'nothing'
    at #asyncInstantiate (node:internal/modules/esm/module_job:302:21)

Node.js v24.1.0
`,
    ["SyntaxError: The requested module 'node:fs' does not provide an export named 'nothing'"],
  ],
  [
    "Node, a rejection that is no error",
    `node:internal/process/promises:394
      triggerUncaughtException(err, true /* fromPromise */);
      ^

[UnhandledPromiseRejection: This error originated either by throwing inside of an async function without a catch block, or by rejecting a promise which was not handled with .catch(). The promise rejected with the reason "no".] {
  code: 'ERR_UNHANDLED_REJECTION'
}

Node.js v24.1.0
`,
    [
      '[UnhandledPromiseRejection: This error originated either by throwing inside of an async function without a catch block, or by rejecting a promise which was not handled with .catch(). The promise rejected with the reason "no".] {',
    ],
  ],
  [
    "Python",
    `Traceback (most recent call last):
  File "/app/main.py", line 8, in <module>
    main()
    ~~~~^^
  File "/app/main.py", line 5, in main
    raise ValueError("no DATABASE_URL")
ValueError: no DATABASE_URL
`,
    ['File "/app/main.py", line 5, in main', "ValueError: no DATABASE_URL"],
  ],
  [
    "Python, an error while another is handled",
    `Traceback (most recent call last):
  File "/app/main.py", line 2, in <module>
    int("x")
    ~~~^^^^^
ValueError: invalid literal for int() with base 10: 'x'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/main.py", line 4, in <module>
    raise RuntimeError("cannot read the port")
RuntimeError: cannot read the port
`,
    ['File "/app/main.py", line 4, in <module>', "RuntimeError: cannot read the port"],
  ],
  [
    "Go",
    `panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x47a2c4]

goroutine 1 [running]:
main.connect(...)
	/src/main.go:12
main.main()
	/src/main.go:8 +0x1d
exit status 2
`,
    ["panic: runtime error: invalid memory address or nil pointer dereference", "/src/main.go:12"],
  ],
  [
    "Go, log.Fatal",
    "2026/01/02 15:04:05 starting\n2026/01/02 15:04:05 listen tcp :80: bind: permission denied\nexit status 1\n",
    ["2026/01/02 15:04:05 starting", "2026/01/02 15:04:05 listen tcp :80: bind: permission denied"],
  ],
  [
    "Java",
    `Exception in thread "main" java.lang.IllegalStateException: Failed to start
	at com.shop.Main.start(Main.java:21)
	at com.shop.Main.main(Main.java:9)
Caused by: java.lang.RuntimeException: pool
	at com.shop.Pool.open(Pool.java:33)
	... 2 more
Caused by: java.net.ConnectException: Connection refused
	at java.base/sun.nio.ch.Net.connect0(Native Method)
	... 4 more
`,
    [
      'Exception in thread "main" java.lang.IllegalStateException: Failed to start',
      "Caused by: java.net.ConnectException: Connection refused",
    ],
  ],
  [
    "Spring Boot",
    `
***************************
APPLICATION FAILED TO START
***************************

Description:

Web server failed to start. Port 8080 was already in use.

Action:

Identify and stop the process that's listening on port 8080.
`,
    ["Web server failed to start. Port 8080 was already in use."],
  ],
  [
    "Ruby",
    `/app/app.rb:2:in 'Object#boot': no database (RuntimeError)
	from /app/app.rb:5:in '<main>'
`,
    ["/app/app.rb:2:in 'Object#boot': no database (RuntimeError)"],
  ],
  [
    "Ruby, a gem that is missing",
    `/usr/local/lib/ruby/3.4.0/bundler/definition.rb:691:in 'Bundler::Definition#materialize': Could not find rack-3.1.8 in locally installed gems (Bundler::GemNotFound)
	from /usr/local/lib/ruby/3.4.0/bundler/definition.rb:225:in 'Bundler::Definition#specs'
`,
    [
      "/usr/local/lib/ruby/3.4.0/bundler/definition.rb:691:in 'Bundler::Definition#materialize': Could not find rack-3.1.8 in locally installed gems (Bundler::GemNotFound)",
    ],
  ],
  [
    "Rust",
    `
thread 'main' panicked at src/main.rs:3:5:
DATABASE_URL must be set: NotPresent
note: run with \`RUST_BACKTRACE=1\` environment variable to display a backtrace
`,
    ["thread 'main' panicked at src/main.rs:3:5:", "DATABASE_URL must be set: NotPresent"],
  ],
  [
    "Rust, before 1.73",
    "thread 'main' panicked at 'no database', src/main.rs:3:5\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n",
    ["thread 'main' panicked at 'no database', src/main.rs:3:5"],
  ],
  [
    "Rust, an error of main",
    'Error: Os { code: 98, kind: AddrInUse, message: "Address already in use" }\n',
    ['Error: Os { code: 98, kind: AddrInUse, message: "Address already in use" }'],
  ],
  [
    ".NET",
    `Unhandled exception. System.InvalidOperationException: No connection string.
   at Shop.Program.Main() in /src/Program.cs:line 5
`,
    ["Unhandled exception. System.InvalidOperationException: No connection string."],
  ],
  ["a shell", "/bin/sh: 1: gunicorn: not found\n", ["/bin/sh: 1: gunicorn: not found"]],
  ["nothing", "\n\n", []],
];

test.each(CRASHES)("%s: what it says is why it ended", (_runtime, output, telling) => {
  expect(relevantLines(output.split("\n"), 5)).toEqual(telling);
});

test("the last crash counts, and what was printed before and after it does not hide it", () => {
  const [, node = ""] = CRASHES[0] ?? [];
  const [, python = ""] = CRASHES[5] ?? [];
  const output = `${node}${"still here\n".repeat(50)}${python}${"npm error code 1\n".repeat(50)}`;
  expect(relevantLines(output.split("\n"), 5)).toEqual([
    'File "/app/main.py", line 5, in main',
    "ValueError: no DATABASE_URL",
  ]);
});

test("of an app that did not crash it is what it said last", () => {
  const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);
  expect(relevantLines(lines, 5)).toEqual(lines.slice(-5));
});
