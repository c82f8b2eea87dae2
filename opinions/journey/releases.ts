import { createHmac } from "node:crypto";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as z from "zod";
import { type Client, dataOf, endsIn, eventually, Numbered, shown } from "./client.ts";
import type { Receiver } from "./receiver.ts";
import { watch } from "./socket.ts";
import { type Sources, sourcesAt, type Version } from "./sources.ts";

/** An app may start slowly on a machine that is busy with other things. */
const startupSeconds = 600;

/** What the steps of a journey need. */
export interface Surroundings {
  readonly client: Client;
  readonly directory: string;
  readonly receiver: Receiver;
  readonly webhookSecret: string;
}

class App {
  readonly #client: Client;
  readonly id: number;
  readonly sources: Sources;

  private constructor(client: Client, id: number, sources: Sources) {
    this.#client = client;
    this.id = id;
    this.sources = sources;
  }

  static async create({ client, directory }: Surroundings, name: string, settings: object): Promise<App> {
    const sources = sourcesAt(join(directory, name));
    sources.commit({ version: "one" });
    const answer = await client.send("POST", "/api/apps", { name, repoUrl: sources.path, startupSeconds, ...settings });
    return new App(client, dataOf(Numbered, answer).id, sources);
  }

  /** Asks for a deployment of what was committed last. */
  async ask(): Promise<number> {
    return Numbered.parse(await this.#client.send("POST", "/api/deployments", { appId: this.id })).id;
  }

  /** Commits a version, releases it, and answers its deployment's id once it ended as it should. */
  async release(version: Version, end = "success"): Promise<number> {
    this.sources.commit(version);
    const id = await this.ask();
    await endsIn(this.#client, id, end);
    return id;
  }
}

/** Releases one after the other, of which a build and a start fail, and a rollback; somebody watches, and is notified. */
async function rolling(surroundings: Surroundings): Promise<void> {
  const { client, receiver } = surroundings;
  const app = await App.create(surroundings, "rolling", {
    env: { COLOR: "blue" },
    notifications: [
      { type: "webhook", url: `${receiver.url}/hook`, secret: "a-secret-that-signs-things" },
      { type: "slack", url: `${receiver.url}/limited` },
      { type: "email", to: "ada@example.com" },
    ],
  });
  const first = await app.ask();
  await Promise.all([watch(client.url, first), endsIn(client, first, "success")]);
  await app.release({ version: "two" });
  await app.release({ version: "three", broken: "build" }, "failed");
  await app.release({ version: "four", broken: "start" }, "failed");
  const back = Numbered.parse(
    await client.send("POST", `/api/deployments/${first}/rollback`, { reason: "Two is bad" }),
  );
  await endsIn(client, back.id, "success");
  await client.send("POST", `/api/apps/${app.id}/unpin`, {});
  await client.send("POST", `/api/apps/${app.id}/notifications/test`, {});
  await eventually(
    "notifications",
    async () => (receiver.count("/hook") >= 5 && receiver.count("/limited") >= 6) || null,
  );
}

const gradual =
  (type: string, settings: object) =>
  async (surroundings: Surroundings): Promise<void> => {
    const strategy = { type, ...settings, bakeMinutes: 0 };
    const app = await App.create(surroundings, type.replace("_", "-"), { strategy });
    await app.release({ version: "one" });
    await app.release({ version: "two" });
  };

/** A gradual release that is cancelled while both versions have traffic. */
async function cancelled(surroundings: Surroundings): Promise<void> {
  const { client } = surroundings;
  const strategy = { type: "canary", percent: 25, canaryBakeMinutes: 60, bakeMinutes: 0 };
  const app = await App.create(surroundings, "cancelled", { strategy });
  await app.release({ version: "one" });
  app.sources.commit({ version: "two" });
  const id = await app.ask();
  await eventually("traffic on the new version", async () =>
    (await shown(client, id)).message === "25 % of traffic on the new version" ? true : null,
  );
  await client.send("POST", `/api/deployments/${id}/cancel`, {});
  await endsIn(client, id, "cancelled");
}

/** A push that is announced twice, and one that waits for approval. */
async function pushed(surroundings: Surroundings): Promise<void> {
  const { client, webhookSecret } = surroundings;
  const app = await App.create(surroundings, "pushed", { approval: "required" });
  const after = app.sources.commit({ version: "two" });
  const clone_url = pathToFileURL(app.sources.path).href;
  const body = JSON.stringify({ ref: "refs/heads/main", after, repository: { clone_url } });
  const headers = {
    "X-GitHub-Event": "push",
    "X-GitHub-Delivery": "one",
    "X-Hub-Signature-256": `sha256=${createHmac("sha256", webhookSecret).update(body).digest("hex")}`,
  };
  const deliver = async (): Promise<number> => {
    const answer = await client.send("POST", "/api/webhooks/github", body, headers);
    return dataOf(z.looseObject({ deployment_id: z.number() }), answer).deployment_id;
  };
  const id = await deliver();
  if ((await deliver()) !== id) throw new Error("A repeated delivery was answered with another deployment.");
  await eventually("the approval", async () => ((await shown(client, id)).stage === "awaiting_approval" ? true : null));
  await client.send("POST", `/api/deployments/${id}/approve`, {});
  await endsIn(client, id, "success");
}

/** What is kept beside deployments: tokens, tickets, metrics, the audit; and an app that goes. */
async function kept(surroundings: Surroundings): Promise<void> {
  const { client } = surroundings;
  const app = await App.create(surroundings, "kept", {});
  const id = await app.release({ version: "one" });
  const token = dataOf(Numbered, await client.send("POST", "/api/tokens", { name: "ada", role: "deployer" }));
  await client.send("POST", "/api/tickets", { deploymentId: id });
  for (const path of ["/api/tokens", "/api/apps", "/api/deployments?limit=2", `/api/deployments/${id}/logs`])
    await client.get(path);
  await client.send("DELETE", `/api/tokens/${token.id}`);
  await client.send("PATCH", `/api/apps/${app.id}`, { healthCheckPath: "/" });
  for (const path of [`/api/apps/${app.id}/releases`, `/api/apps/${app.id}/metrics`, "/api/metrics", "/api/audit"])
    await client.get(path);
  await client.send("DELETE", `/api/apps/${app.id}`);
}

/** Every kind of release, side by side. */
export async function releaseInEveryWay(surroundings: Surroundings): Promise<void> {
  const journeys = [
    rolling,
    gradual("blue_green", { smokeCheck: { path: "/", expectStatus: 200 } }),
    gradual("canary", { percent: 25, canaryBakeMinutes: 1 }),
    gradual("linear", { stepPercent: 50, stepBakeMinutes: 1 }),
    cancelled,
    pushed,
    kept,
  ];
  await Promise.all(journeys.map((journey) => journey(surroundings)));
}
