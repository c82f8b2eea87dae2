import { createContext, type ReactNode, useContext } from "react";
import { type Client, createClient } from "../client/index.ts";

const ClientContext = /* @__PURE__ */ createContext<Client | null>(null);

/** Which client the hooks and components below it use. */
export function SlipwayProvider({ client, children }: { client: Client; children?: ReactNode }) {
  return <ClientContext.Provider value={client}>{children}</ClientContext.Provider>;
}

let ofThePage: Client | null = null;

/** The client given, or the provider's; without either one for the page's own origin. */
export function useClient(given?: Client | null): Client {
  const provided = useContext(ClientContext);
  if (given) return given;
  if (provided !== null) return provided;
  ofThePage ??= createClient();
  return ofThePage;
}
