import { createProcesses } from "@slipway/local-aws/containers/processes/processes";

// Holds a child that has a child, and says their numbers; then waits to be killed.
const processes = createProcesses({
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
});
const script = 'sleep 300 & echo "$$ $!"; trap "" TERM; wait; sleep 300';
for (let index = 0; index < 3; index += 1) {
  processes.spawn("sh", ["-c", script], {
    env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
    onOutput: (chunk) => process.stdout.write(chunk),
  });
}
// One whose gate may still be shut when the parent dies.
if (process.argv[2] === "gated") {
  const last = processes.spawn("sleep", ["301"], { env: { PATH: "/usr/bin:/bin" } });
  process.stdout.write(`${last.pid} ${last.pid}\n`);
  process.kill(process.pid, "SIGKILL");
}
setInterval(() => undefined, 1000);
