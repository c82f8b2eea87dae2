import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SESv2Client, SendEmailCommand } from "@aws-sdk/client-sesv2";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createSes } from "@slipway/local-aws/services/ses/ses";
import { SMTPServer } from "smtp-server";
import { awsMail } from "../../../lib/adapters/ses/mail.ts";
import { temporaryDirectory } from "../support/files.ts";
import { type LocalAws, startLocalAws } from "../support/local-aws.ts";

let directory: ReturnType<typeof temporaryDirectory>;
let aws: LocalAws;
let ses: SESv2Client;
const printed: string[] = [];

beforeEach(async () => {
  directory = temporaryDirectory();
  aws = await startLocalAws({ dataDir: directory.path });
  ses = new SESv2Client(aws.client("bus-to-notices"));
});
afterEach(async () => {
  ses.destroy();
  await aws.close();
  directory.remove();
});

/** SES is there, with this SMTP server behind it. */
const serve = (smtp: string | null): void =>
  aws.register(...createSes(aws.context, { smtp, print: (line) => printed.push(line) }).services);

const mail = {
  to: "ada@example.com",
  subject: "shop: deployment 7 failed ✗",
  text: "Docker build failed.\n\nBy: ada\n",
};

test("a mail is a file in the data directory and a line at the terminal", async () => {
  serve(null);
  expect(await awsMail(ses, "slipway@localhost").send(mail)).toEqual({ outcome: "sent" });
  const [name, ...others] = readdirSync(join(directory.path, "mail"));
  expect(others).toEqual([]);
  const file = join(directory.path, "mail", name ?? "");
  const [head, body] = readFileSync(file, "utf8").split("\r\n\r\n");
  expect(head).toContain("From: slipway@localhost\r\nTo: ada@example.com\r\nSubject: shop: deployment 7 failed ✗\r\n");
  expect(body).toBe(mail.text);
  expect(printed).toEqual([`Mail to ada@example.com: ${mail.subject} (${file})`]);
});

test("IAM is asked for the identity and for the address that it is from", async () => {
  serve(null);
  await awsMail(ses, "slipway@localhost").send(mail);
  expect(aws.asked).toEqual([
    "bus-to-notices ses:SendEmail arn:aws:ses:eu-west-1:123456789012:identity/slipway@localhost",
  ]);
  aws.deny(({ context }) => context?.["ses:FromAddress"] !== "slipway@localhost");
  const refused = await awsMail(ses, "boss@example.com").send(mail);
  expect(refused).toMatchObject({
    outcome: "failed",
    message: expect.stringContaining("is not authorized to perform: ses:SendEmail"),
  });
});

test("without an address to send from nothing is sent, and the sentence names the parameter", async () => {
  serve(null);
  const refused = await awsMail(ses, "").send(mail);
  expect(refused).toEqual({ outcome: "failed", isLasting: true, message: expect.stringContaining("MailFrom") });
  expect(aws.asked).toEqual([]);
});

test("what is not one plain text to somebody is refused as SES does it", async () => {
  serve(null);
  const send = (to: string[]) =>
    ses.send(
      new SendEmailCommand({
        FromEmailAddress: "a@b.c",
        Destination: { ToAddresses: to },
        Content: { Raw: { Data: new Uint8Array() } },
      }),
    );
  await expect(send(["ada@example.com"])).rejects.toMatchObject({ name: "BadRequestException" });
});

describe("where an SMTP server is named", () => {
  const servers: SMTPServer[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function serverThat(answers: string | null) {
    const got: string[] = [];
    const smtp = new SMTPServer({
      authOptional: true,
      disabledCommands: ["STARTTLS"],
      onData: async (stream, _session, done) => {
        got.push((await stream.toArray()).join(""));
        done(answers === null ? null : Object.assign(new Error(answers), { responseCode: 550 }));
      },
    });
    servers.push(smtp);
    await new Promise<void>((listening) => smtp.listen(0, "127.0.0.1", listening));
    const address = smtp.server.address();
    if (address === null || typeof address === "string") throw new Error("It does not listen.");
    return { url: `smtp://127.0.0.1:${address.port}`, got };
  }

  test("it gets each mail as people read it", async () => {
    const { url, got } = await serverThat(null);
    serve(url);
    expect(await awsMail(ses, "slipway@localhost").send(mail)).toEqual({ outcome: "sent" });
    expect(got).toHaveLength(1);
    expect(got[0]).toMatch(/^From: slipway@localhost\r\nTo: ada@example\.com\r\nSubject: =\?UTF-8\?/m);
    expect(got[0]).toContain("Docker build failed.\r\n\r\nBy: ada\r\n");
  });

  test("what it refuses fails for good", async () => {
    serve((await serverThat("No such mailbox")).url);
    expect(await awsMail(ses, "slipway@localhost").send(mail)).toMatchObject({
      outcome: "failed",
      isLasting: true,
      message: expect.stringContaining("No such mailbox"),
    });
  });

  test("one that is away may come back", async () => {
    serve("smtp://127.0.0.1:1");
    expect(await awsMail(ses, "slipway@localhost").send(mail)).toMatchObject({ outcome: "failed", isLasting: false });
  });
});
