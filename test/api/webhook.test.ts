import { describe, expect, test } from "@jest/globals";
import { ApiError } from "../../lib/api/errors.ts";
import { receiveWebhook } from "../../lib/api/webhook.ts";
import { someApp, someSettings } from "../support/deployments.ts";
import { githubExamples } from "../support/github-examples.ts";
import { deliver, pushed, signatureOf, webhookDeps, webhookSecret } from "../support/webhooks.ts";

const codertocat = someApp({
  settings: someSettings({ repo_url: "https://github.com/codertocat/hello-world", branch: "master" }),
});
const refused = (code: string, status: number) => expect.objectContaining({ code, status });

describe("every payload that GitHub gives as an example", () => {
  test.each(githubExamples.map(({ name, examples: payloads }) => ({ name, payloads })))(
    "of $name is answered, and only pushes to a followed branch are deployed",
    async ({ name, payloads }) => {
      const { deps, kept } = webhookDeps();
      kept.apps.set(codertocat.id, codertocat);
      for (const [index, payload] of payloads.entries()) {
        const answer = await deliver(deps, payload, { "x-github-event": name, "x-github-delivery": `d-${index}` });
        expect(answer.status).toBe(202);
        const isBranch = name === "push" && payload.ref === "refs/heads/master";
        if (isBranch) expect(answer.data).toEqual({ deployment_id: 1, deployment_ids: [1], ignored: null });
        else
          expect(answer.data).toMatchObject({ deployment_id: null, deployment_ids: [], ignored: expect.any(String) });
      }
      const rows = [...kept.deployments.values()];
      expect(rows).toHaveLength(name === "push" ? 1 : 0);
    },
  );

  test("ignored ones say what they were", async () => {
    const { deps, kept } = webhookDeps();
    kept.apps.set(codertocat.id, codertocat);
    const ignored = new Map<string, Set<string>>();
    for (const { name, examples: payloads } of githubExamples) {
      for (const payload of payloads) {
        const { data } = await deliver(deps, payload, { "x-github-event": name });
        ignored.set(name, (ignored.get(name) ?? new Set()).add(data.ignored));
      }
    }
    expect(ignored.get("ping")).toEqual(new Set(["Ping received: the webhook is set up, and its signature is valid."]));
    expect(ignored.get("pull_request")).toEqual(
      new Set(["The event pull_request is ignored: only push events are used."]),
    );
    expect(ignored.get("delete")).toEqual(new Set(["The event delete is ignored: only push events are used."]));
    expect(ignored.get("push")).toEqual(
      new Set(["Tag simple-tag of Codertocat/Hello-World: tags are not deployed.", null]),
    );
  });
});

test("a push becomes a deployment of its commit, in the name of who pushed it", async () => {
  const { deps, kept } = webhookDeps();
  kept.apps.set(1, someApp());
  const body = pushed("a", {
    head_commit: { message: "Grüße ✓\n\nmore" },
    pusher: { name: "ada\u0000\nlovelace" },
  });
  await deliver(deps, body);
  expect([...kept.deployments.values()]).toMatchObject([
    {
      commit_hash: "a".repeat(40),
      commit_message: "Grüße ✓",
      branch: "main",
      trigger: "webhook",
      actor: "ada lovelace",
      reason: null,
      stage: "pending",
    },
  ]);
  expect(kept.messages).toEqual([{ type: "deployment", deployment_id: 1, event: { type: "woken" } }]);
});

describe("a signature", () => {
  test("is that of GitHub's own documentation", () => {
    // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
    expect(signatureOf("Hello, World!")).toBe(
      "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
    );
  });

  const body = JSON.stringify(pushed("a"));
  test.each([
    ["is missing", undefined],
    ["is empty", ""],
    ["has another length", "sha256=abc"],
    ["is not hex", `sha256=${"z".repeat(64)}`],
    ["is of another secret", signatureOf(body, "other")],
    ["is of an empty secret", signatureOf(body, "")],
    ["is of another body", signatureOf(`${body} `)],
    ["is SHA-1", `sha1=${"a".repeat(40)}`],
  ])("that %s lets nothing in", async (_what, signature) => {
    const { deps, kept } = webhookDeps();
    kept.apps.set(1, someApp());
    const headers = signature === undefined ? {} : { "x-hub-signature-256": signature };
    const asked = receiveWebhook(deps, { headers, body: Buffer.from(body), address: "192.0.2.1" });
    await expect(asked).rejects.toEqual(refused("wrong_signature", 401));
    expect(kept.deployments.size).toBe(0);
  });

  test("of either secret counts while one replaces the other, and one that was set a moment ago is read", async () => {
    const known = async () => ["new", "old"];
    const both = webhookDeps({ secrets: { known, afresh: known } }).deps;
    for (const secret of ["new", "old"]) {
      expect((await deliver(both, body, { "x-hub-signature-256": signatureOf(body, secret) })).status).toBe(202);
    }
    const changed = webhookDeps({ secrets: { known, afresh: async () => ["newer", "new"] } }).deps;
    expect((await deliver(changed, body, { "x-hub-signature-256": signatureOf(body, "newer") })).status).toBe(202);
  });
});

describe("a body", () => {
  test("may be the form that GitHub offers, signed as it was sent", async () => {
    const { deps, kept } = webhookDeps();
    kept.apps.set(1, someApp());
    const form = new URLSearchParams({ payload: JSON.stringify(pushed("a")) }).toString();
    const answer = await deliver(deps, form, { "content-type": "application/x-www-form-urlencoded" });
    expect(answer.data.deployment_ids).toEqual([1]);
  });

  test.each([
    ["no JSON", "{", {}, "malformed_json", 400],
    ["a form without a payload", "a=b", { "content-type": "application/x-www-form-urlencoded" }, "malformed_json", 400],
    ["XML", "<push/>", { "content-type": "text/xml" }, "unsupported_media_type", 415],
    ["no push", "[]", {}, "invalid_request", 400],
  ])("that is %s is refused", async (_what, body, headers, code, status) => {
    await expect(deliver(webhookDeps().deps, body, headers)).rejects.toEqual(refused(code, status));
  });

  test("with several mistakes has them all named", async () => {
    const wrong = { ref: "", after: "abc", repository: { clone_url: "shop" } };
    const error: unknown = await deliver(webhookDeps().deps, wrong).catch((thrown: unknown) => thrown);
    if (!(error instanceof ApiError)) throw new Error("It was accepted.");
    expect(error.details.map(({ field }) => field)).toEqual(["ref", "after", "repository"]);
  });
});

describe("of a monorepo", () => {
  const commit = (paths: readonly string[]) => ({ id: "a".repeat(40), added: [], removed: [], modified: paths });
  const monorepo = () => {
    const made = webhookDeps();
    for (const [id, root_dir] of [
      [1, "web"],
      [2, "api"],
    ] as const) {
      made.kept.apps.set(id, someApp({ id, settings: someSettings({ name: root_dir, root_dir }) }));
    }
    return made;
  };
  const change = (paths: readonly string[], more = {}) =>
    pushed("a", { before: "b".repeat(40), commits: [commit(paths)], ...more });

  test("those apps are deployed below whose root directory something changed", async () => {
    const deployed = async (payload: unknown) => {
      const { deps, kept } = monorepo();
      await deliver(deps, payload);
      return [...kept.deployments.values()].map(({ app_id }) => app_id).sort();
    };
    expect(await deployed(change(["web/a"]))).toEqual([1]);
    expect(await deployed(change(["web/a", "api/b"]))).toEqual([1, 2]);
    expect(await deployed(change(["README.md"]))).toEqual([]);
    expect(await deployed(change(["README.md"], { forced: true }))).toEqual([1, 2]);
    expect(await deployed(change(["README.md"], { before: "0".repeat(40) }))).toEqual([1, 2]);
  });

  test("a push is dealt with for those too whom it does not concern, unless one before it was missed", async () => {
    const { deps } = monorepo();
    const commitOf = async (id: number) => (await deps.marks.get(id))?.commit[0];
    await deliver(deps, change(["web/a"]));
    expect([await commitOf(1), await commitOf(2)]).toEqual(["a", "a"]);
    const next = (before: string, after: string) => ({
      ...pushed(after, { before: before.repeat(40) }),
      commits: [{ ...commit(["web/b"]), id: after.repeat(40) }],
    });
    await deliver(deps, next("d", "e"));
    expect([await commitOf(1), await commitOf(2)]).toEqual(["e", "a"]);
  });

  test("the ids of several are answered together", async () => {
    expect((await deliver(monorepo().deps, change(["web/a", "api/b"]))).data).toEqual({
      deployment_id: 1,
      deployment_ids: [1, 2],
      ignored: null,
    });
  });
});

describe("a repository that was renamed or transferred", () => {
  const from = (name: string, id: number | string) => ({
    repository: { id, full_name: name, clone_url: `https://github.com/${name}.git` },
  });
  const shop = () => someApp({ settings: someSettings({ repo_url: "https://github.com/acme/shop" }) });

  test("is known by its id from the first push on, and its apps are deployed", async () => {
    const { deps, kept } = webhookDeps();
    kept.apps.set(1, shop());
    await deliver(deps, pushed("a", from("acme/shop", 4711)));
    expect((await deliver(deps, pushed("b", from("new/name", 4711)))).data).toMatchObject({ ignored: null });
    expect([...kept.deployments.values()].map(({ commit_hash }) => commit_hash[0])).toEqual(["a", "b"]);
  });

  test("is not another one of the same id at another host, nor one whose id says nothing", async () => {
    const { deps, kept } = webhookDeps();
    kept.apps.set(1, shop());
    await deliver(deps, pushed("a", from("acme/shop", 4711)));
    const elsewhere = { repository: { id: 4711, name: "x", clone_url: "https://git.example.com/new/name.git" } };
    for (const push of [
      pushed("b", elsewhere),
      pushed("c", from("new/name", "4711")),
      pushed("d", from("new/name", 1)),
    ])
      expect((await deliver(deps, push)).data.ignored).toMatch(
        /^No app deploys the repository .* renamed or transferred/,
      );
    expect(kept.deployments.size).toBe(1);
  });
});

test("a push to an app whose automatic deploys are paused is ignored with the reason, and dealt with", async () => {
  const { deps, kept } = webhookDeps();
  kept.apps.set(1, someApp({ settings: someSettings({ name: "shop", auto_deploy: false }) }));
  expect((await deliver(deps, pushed("a"))).data).toEqual({
    deployment_id: null,
    deployment_ids: [],
    ignored: "Automatic deploys are paused for shop.",
  });
  expect(kept.deployments.size).toBe(0);
});

test("the webhook's secret is not part of what is logged or answered", async () => {
  const logged: unknown[] = [];
  const log = (...line: unknown[]) => void logged.push(line);
  const { deps, kept } = webhookDeps({ logger: { info: log, warn: log, error: log } });
  kept.apps.set(1, someApp());
  const answer = await deliver(deps, pushed("a"));
  expect(JSON.stringify([logged, answer])).not.toContain(webhookSecret);
});
