import type { ConnectionFault } from "@slipway/local-aws/services/apigateway/faults";
import { readOptions } from "../../lib/local-mode/options.ts";
import { startLocal } from "../../lib/local-mode/start.ts";

/** A local mode whose API Gateway fails at sockets by what their clients call themselves: `User-Agent: fault/<fault>`. It prints each such call. */
const local = await startLocal(readOptions(process.argv.slice(2), process.env), process.env, (method, identity) => {
  const fault = /^fault\/(\w+)$/.exec(identity.userAgent ?? "")?.[1];
  if (fault === undefined) return null;
  process.stdout.write(`fault ${method} ${identity.connectionId} ${fault}\n`);
  return fault as ConnectionFault;
});
process.on("SIGTERM", async () => {
  await local.close();
  process.exit(0);
});
process.stdout.write(`Slipway is ready at ${local.url}\n`);
