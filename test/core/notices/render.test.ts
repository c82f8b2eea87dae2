import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import * as z from "zod";
import { encodeNotice } from "../../../lib/api/encode.ts";
import { noticeSchema } from "../../../lib/contract/notices.ts";
import type { DeploymentNotice, Notice } from "../../../lib/core/notice/notice.ts";
import { linkToRuns } from "../../../lib/core/notice/run.ts";
import { renderDiscord } from "../../../lib/core/notices/channels/discord.ts";
import { renderEmail } from "../../../lib/core/notices/channels/email.ts";
import { renderSlack } from "../../../lib/core/notices/channels/slack.ts";
import { renderWebhook } from "../../../lib/core/notices/channels/webhook.ts";
import { readByPeople, renderings } from "./renderings.ts";
import { noticeArbitrary, someNoticed, someNoticedRun } from "./some.ts";

const text = (longest: number) =>
  z.discriminatedUnion("type", [
    z.object({ type: z.literal("plain_text"), text: z.string().min(1).max(longest) }),
    // Of this Slack makes links, unless it is configured not to.
    z.object({ type: z.literal("mrkdwn"), text: z.string().min(1).max(longest), verbatim: z.literal(true) }),
  ]);
const slackSchema = z.object({
  text: z.string().min(1).max(3000),
  unfurl_links: z.literal(false),
  blocks: z.array(
    z.union([
      z.object({ type: z.literal("header"), text: text(150) }),
      z.object({ type: z.literal("section"), text: text(3000) }),
      z.object({ type: z.literal("section"), fields: z.array(text(2000)).min(1).max(10) }),
      z.object({
        type: z.literal("actions"),
        elements: z.array(z.object({ type: z.literal("button"), url: z.url() }).loose()),
      }),
    ]),
  ),
});
const discordSchema = z.object({
  embeds: z
    .array(
      z.object({
        title: z.string().min(1).max(256),
        description: z.string().max(4096),
        fields: z
          .array(z.object({ name: z.string().min(1).max(256), value: z.string().min(1).max(1024) }).loose())
          .max(25),
      }),
    )
    .length(1),
  allowed_mentions: z.object({ parse: z.array(z.never()) }),
});

const failed: DeploymentNotice = {
  delivery: "a-7-failed",
  isTest: false,
  link: "https://slipway.example.com/deployments/7",
  deployment: someNoticed({
    stage: "failed",
    commit_hash: "abcdef0123456789abcdef0123456789abcdef01",
    commit_message: "Fix the cart\n\nAt last.",
    actor: "ada",
    duration: 125,
    failed_stage: "building",
    error_message: "Docker build failed with exit code 7.",
  }),
};
const waiting: DeploymentNotice = {
  ...failed,
  deployment: { ...failed.deployment, stage: "awaiting_approval", failed_stage: null, error_message: null },
};

describe.each(Object.entries(renderings))("a notice for %s", (_type, render) => {
  test("says what people need: the app, the stage, the commit, who, how long, why, and where", () => {
    const said = JSON.stringify(render(failed));
    for (const part of [
      "shop",
      "failed",
      "building",
      "abcdef0",
      "Fix the cart",
      "ada",
      "Docker build failed with exit code 7",
      "https://slipway.example.com/deployments/7",
    ])
      expect(said).toContain(part);
    expect(said).toMatch(/2 min 5 s|"duration":125/);
  });

  test("says where it is approved", () => {
    const said = JSON.stringify(render(waiting));
    expect(said).toMatch(/is waiting for approval/);
    expect(said).toContain("https://slipway.example.com/deployments/7");
  });

  test("of a test says that it is one", () => {
    expect(JSON.stringify(render({ ...failed, isTest: true }))).toMatch(/test/);
  });
});

/** What of a block Slack reads marks in, but for the address of the app. */
const markedTexts = (block: object): unknown[] =>
  Object.values(block)
    .flat()
    .filter((part) => part?.type === "mrkdwn" && !/^\*App\*\n<https:[^<>|]+>$/.test(part.text));

/** What chats, mail programs and terminals would make something of. */
const enticing = [
  "https://evil.example/login",
  "HTTP://evil.example",
  "www.evil.example",
  "evil.example/a",
  "mailto:eve@evil.example",
  "eve@evil.example",
  "<https://evil.example|click>",
  "[click](https://evil.example)",
  "<!channel> <@U123> @everyone @here",
  "\u001b]8;;https://evil.example\u0007click\u001b]8;;\u0007",
  "\u001b[31mred\u001b[0m",
  "safe\u202egpj.exe",
  "one\r\nBcc: eve@evil.example",
];
/** A scheme with something behind it, a name with a dot, a mention, what a terminal obeys, and what turns text. */
const live =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
  /:\/\/|[a-z]\.[a-z]|www\.(?!\u200b)|@[a-z]|<[!@#a-z]|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/i;

/** All strings of a body, but for the subject of a mail: every program shows that as text. */
function stringsIn(body: object): readonly string[] {
  const strings: string[] = [];
  JSON.stringify(body, (key, value: unknown) => {
    if (typeof value === "string" && key !== "subject") strings.push(value);
    return value;
  });
  return strings;
}

describe.each(readByPeople)("of bare text nothing becomes a link, a mention or a command for %s", (_type, render) => {
  test.each(enticing)("%j", (text) => {
    const deployment = someNoticed({
      stage: "failed",
      commit_message: text,
      branch: text,
      actor: text,
      reason: text,
      error_message: `It failed: ${text}`,
    });
    const notice: Notice = { delivery: "a-7-failed", isTest: false, link: null, deployment };
    // What the service itself wants, such as a media type, is there whatever people wrote.
    const own = stringsIn(render({ ...notice, deployment: someNoticed({ stage: "success" }) }));
    const strings = stringsIn(render(notice)).filter((string) => !own.includes(string));
    expect(strings).not.toEqual([]);
    for (const string of strings) expect(string.replaceAll("\\", "")).not.toMatch(live);
  });
});

test("the app's own address is a link", () => {
  const url = "https://shop.example.com";
  const notice: Notice = { ...failed, deployment: { ...failed.deployment, stage: "success", url } };
  expect(JSON.stringify(renderSlack(notice))).toContain("*App*\\n<https://shop.example.com/>");
  expect(JSON.stringify(renderDiscord(notice))).toContain('"<https://shop.example.com/>"');
  expect(renderEmail(notice).text).toContain("App: https://shop.example.com\n");
});

describe("whatever people wrote", () => {
  test("Slack takes it, and reads no mention or link in it", () => {
    fc.assert(
      fc.property(noticeArbitrary, (notice) => {
        const { text: fallback, blocks } = slackSchema.parse(renderSlack(notice));
        const marked = JSON.stringify(
          blocks.filter(({ type }) => type === "section").map((block) => markedTexts(block)),
        );
        expect(marked).not.toMatch(/[<>]/);
        expect(fallback).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
      }),
    );
  });

  test("Discord takes it, all in all 6,000 characters, and mentions nobody", () => {
    fc.assert(
      fc.property(noticeArbitrary, (notice) => {
        const { embeds } = discordSchema.parse(renderDiscord(notice));
        const all = embeds.flatMap(({ title, description, fields }) => [
          title,
          description,
          ...fields.flatMap(({ name, value }) => [name, value]),
        ]);
        expect(all.join("").length).toBeLessThanOrEqual(6000);
      }),
    );
  });

  test("the subject of an e-mail is one line, and its text names the app", () => {
    fc.assert(
      fc.property(noticeArbitrary, (notice) => {
        const { subject, text: body } = renderEmail(notice);
        expect(subject).toMatch(/^[^\r\n]{1,200}$/);
        expect(body).toContain(notice.deployment.app_name);
      }),
    );
  });
});

test("what a webhook receives is what the contract describes, no more and no less", () => {
  fc.assert(
    fc.property(noticeArbitrary, (notice) => {
      const sent: unknown = JSON.parse(encodeNotice(renderWebhook(notice)));
      expect(noticeSchema.parse(sent)).toEqual(sent);
    }),
  );
});

describe("a notice of a run that failed", () => {
  const run = someNoticedRun({ command: ["sh", "-c", "echo <!channel> @everyone"] });
  const notice: Notice = { delivery: "a-run-12", link: linkToRuns("https://slipway.example.com", run), run };

  test("says which cron failed, how, and with what, and mentions nobody", () => {
    expect(slackSchema.parse(renderSlack(notice)).text).toBe("shop: cron nightly failed (run 12)");
    const said = JSON.stringify(renderSlack(notice));
    expect(said).toContain("Exited with code 3");
    expect(said).toContain("https://slipway.example.com/apps/1/runs");
    expect(said).not.toContain("<!channel>");
    discordSchema.parse(renderDiscord(notice));
    expect(JSON.stringify(renderDiscord(notice))).not.toContain("@everyone");
    const { subject, text: body } = renderEmail(notice);
    expect(subject).toBe("shop: cron nightly failed (run 12)");
    expect(body).toContain("Duration: 1 min 5 s");
  });

  test("that never started says so", () => {
    const missed = { ...notice, run: someNoticedRun({ started_at: null, exit_code: null }) };
    expect(renderEmail(missed).subject).toBe("shop: cron nightly did not run (run 12)");
  });

  test("is for a webhook what the contract describes", () => {
    const sent: unknown = JSON.parse(encodeNotice(renderWebhook(notice)));
    expect(noticeSchema.parse(sent)).toEqual(sent);
    expect(sent).toMatchObject({ type: "run", event: "run_failed", data: { id: 12, cron: "nightly" } });
  });
});
