import { createClient } from "@slipway/monitor/client";
import { storedSession } from "./stored-session.ts";

/** The control plane that served this page. The session's cookie says who asks, or on one's own machine a bearer token. */
export const client = createClient({ token: storedSession });
