import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import type { LocalContext, LocalPart } from "../part.ts";
import { AwsError, type HttpService, type WireRequest, type WireResponse } from "../wire/service.ts";

const content = z.object({ Data: z.string() });
const sendInput = z.object({
  FromEmailAddress: z.string().min(1),
  Destination: z.object({ ToAddresses: z.array(z.string().min(1)).min(1).max(50) }),
  Content: z.object({ Simple: z.object({ Subject: content, Body: z.object({ Text: content }) }) }),
});
type Mail = z.infer<typeof sendInput>;

export interface SesOptions {
  /** For the person at the terminal. */
  readonly print: (line: string) => void;
}

function inputOf(request: WireRequest): Mail {
  const operation = `${request.method} ${request.url.pathname}`;
  if (operation !== "POST /v2/email/outbound-emails")
    throw new AwsError("UnknownOperationException", `The local mode has no operation ${operation} of ses.`, 404);
  const parsed = sendInput.safeParse(JSON.parse(request.body.toString("utf8")));
  if (parsed.success) return parsed.data;
  throw new AwsError("BadRequestException", z.prettifyError(parsed.error));
}

const identityOf = (context: LocalContext, from: string): string =>
  `arn:aws:ses:${context.region}:${context.account}:identity/${from}`;

/** As it would lie in a mailbox, in UTF-8. */
const asMessage = ({ FromEmailAddress, Destination, Content }: Mail, id: string, at: number): string =>
  [
    `From: ${FromEmailAddress}`,
    `To: ${Destination.ToAddresses.join(", ")}`,
    `Subject: ${Content.Simple.Subject.Data}`,
    `Date: ${new Date(at).toUTCString()}`,
    `Message-ID: <${id}@localhost>`,
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "",
    Content.Simple.Body.Text.Data,
  ].join("\r\n");

function service(context: LocalContext, { print }: SesOptions): HttpService {
  const directory = join(context.dataDir, "mail");
  const handle = async (request: WireRequest): Promise<WireResponse> => {
    const mail = inputOf(request);
    const id = context.randomHex(16);
    const at = context.clock.now();
    mkdirSync(directory, { recursive: true });
    const file = join(directory, `${new Date(at).toISOString().replaceAll(":", "-")}-${id}.eml`);
    writeFileSync(file, asMessage(mail, id, at));
    print(`Mail to ${mail.Destination.ToAddresses.join(", ")}: ${mail.Content.Simple.Subject.Data} (${file})`);
    return {
      status: 200,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ MessageId: id }),
    };
  };
  return {
    kind: "http",
    scope: "ses",
    permissions: (request) => {
      const { FromEmailAddress: from } = inputOf(request);
      return [{ action: "ses:SendEmail", resource: identityOf(context, from), context: { "ses:FromAddress": from } }];
    },
    handle,
    refuse: (error) => ({
      status: error.status,
      headers: { "content-type": "application/json", "x-amzn-errortype": error.code },
      body: JSON.stringify({ message: error.message }),
    }),
  };
}

/** SES, version 2: a mail is a file in `<data>/mail`, and a line at the terminal. Every address counts as verified. */
export function createSes(context: LocalContext, options: SesOptions): LocalPart {
  return { services: [service(context, options)], providers: [], close: async () => undefined };
}
