import type { GitHub } from "../lib/adapters/heads/github.ts";

/** GitHub as it is seen without an account: public repositories, sixty requests an hour by API. */
export const asAnybody = (apiUrl: string): GitHub => ({
  apiUrl: apiUrl.replace(/\/+$/, ""),
  authorizationFor: async () => null,
});
