import { createClient } from "../../client/index.ts";

/** The control plane that served this page. Who asks is told by the session's cookie. */
export const client = createClient();
