import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SESv2Client, SendEmailCommand } from "@aws-sdk/client-sesv2";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { awsMail } from "../../../lib/adapters/mail/aws.ts";
import { createSes } from "../../../lib/local/ses/ses.ts";
import { type LocalAws, startLocalAws, temporaryDirectory } from "../events/local-aws.ts";

let directory: ReturnType<typeof temporaryDirectory>;
let aws: LocalAws;
let ses: SESv2Client;
const printed: string[] = [];

beforeEach(async () => {
  directory = temporaryDirectory();
  aws = await startLocalAws(directory.path);
  aws.register(...createSes(aws.context, { print: (line) => printed.push(line) }).services);
  ses = new SESv2Client(aws.client("bus-to-notices"));
});
afterEach(async () => {
  ses.destroy();
  await aws.close();
  directory.remove();
});

const mail = {
  to: "ada@example.com",
  subject: "shop: deployment 7 failed ✗",
  text: "Docker build failed.\n\nBy: ada\n",
};

test("a mail is a file in the data directory and a line at the terminal", async () => {
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
  await awsMail(ses, "slipway@localhost").send(mail);
  expect(aws.asked).toEqual([
    "bus-to-notices ses:SendEmail arn:aws:ses:us-east-1:000000000000:identity/slipway@localhost",
  ]);
  aws.deny(({ context }) => context?.["ses:FromAddress"] !== "slipway@localhost");
  const refused = await awsMail(ses, "boss@example.com").send(mail);
  expect(refused).toMatchObject({
    outcome: "failed",
    message: expect.stringContaining("is not authorized to perform: ses:SendEmail"),
  });
});

test("without an address to send from nothing is sent, and the sentence names the parameter", async () => {
  const refused = await awsMail(ses, "").send(mail);
  expect(refused).toEqual({ outcome: "failed", isLasting: true, message: expect.stringContaining("MailFrom") });
  expect(aws.asked).toEqual([]);
});

test("what is not one plain text to somebody is refused as SES does it", async () => {
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
