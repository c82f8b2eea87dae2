import { createClient } from "@slipway/monitor/client";
import { storedSession } from "../session/stored-session.ts";

/** The control plane that served this page. Who asks is told by the session's cookie, or on one's own machine by a bearer. */
export const client = createClient({ token: storedSession });
