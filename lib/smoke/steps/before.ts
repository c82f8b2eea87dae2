import { RequestError } from "@slipway/monitor/client";
import { expectThat } from "./expect.ts";
import { installedBy, type SmokeStep } from "./step.ts";

export const before: readonly SmokeStep[] = [
  {
    name: "install",
    phase: "before",
    minutes: 11,
    needs: "account",
    expects: "The stack is created under a name of its own, with a public URL and a first admin token.",
    run: (deps) => installedBy(deps).install(deps.signal),
  },
  {
    name: "sign-in",
    phase: "before",
    minutes: 1,
    needs: null,
    expects: "The API and the dashboard answer at one address; a wrong token gets 401, and an unknown path 404.",
    run: async ({ session }) => {
      const { client } = await session();
      const me = await client.me();
      expectThat(me.role === "admin", `The token is one of a ${me.role}, not of an admin.`);
      const page = await fetch(`${client.baseUrl}/`);
      expectThat(page.ok && (await page.text()).includes("<title>"), `The dashboard answered ${page.status}.`);
      const headers = { Authorization: "Bearer wrong" };
      const wrong = await fetch(`${client.baseUrl}/api/apps`, { headers });
      expectThat(wrong.status === 401, `A wrong token got ${wrong.status}.`);
      const unknown = await client.showApp(999_999).catch((error: unknown) => error);
      expectThat(unknown instanceof RequestError && unknown.status === 404, `An unknown app got ${unknown}.`);
      return `Signed in as ${me.name} (${me.role}); the dashboard, 401 and 404 are as expected.`;
    },
  },
];
