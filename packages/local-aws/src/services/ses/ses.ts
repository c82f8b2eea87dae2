import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTransport, type Transporter } from "nodemailer";
import * as z from "zod";
import type { LocalContext, LocalPart } from "../../kernel/part.ts";
import { AwsError, type HttpService, type WireRequest, type WireResponse } from "../../kernel/service.ts";

/** Shorter than the function that sends waits. */
const SMTP_MS = 10_000;

const content = z.object({ Data: z.string() });
const sendInput = z.object({
  FromEmailAddress: z.string().min(1),
  Destination: z.object({ ToAddresses: z.array(z.string().min(1)).min(1).max(50) }),
  Content: z.object({ Simple: z.object({ Subject: content, Body: z.object({ Text: content }) }) }),
});
type Mail = z.infer<typeof sendInput>;

export interface SesOptions {
  /** `smtp://[user:password@]host:port` of a server that gets each mail too; `null`: none. */
  readonly smtp: string | null;
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

/** Hands a mail on. What the server refuses for good SES calls rejected; the rest may pass. */
async function relay(transport: Transporter, { FromEmailAddress, Destination, Content }: Mail, id: string) {
  try {
    await transport.sendMail({
      from: FromEmailAddress,
      to: Destination.ToAddresses,
      subject: Content.Simple.Subject.Data,
      text: Content.Simple.Body.Text.Data,
      messageId: `<${id}@localhost>`,
    });
  } catch (error) {
    const isRefused = error instanceof Error && "responseCode" in error && Number(error.responseCode) >= 500;
    const why = error instanceof Error ? error.message : String(error);
    throw isRefused
      ? new AwsError("MessageRejected", `The SMTP server refused it: ${why}`)
      : new AwsError("TooManyRequestsException", `The SMTP server did not take it: ${why}`, 429);
  }
}

function service(context: LocalContext, { print, smtp }: SesOptions): HttpService {
  const transport =
    smtp === null ? null : createTransport({ url: smtp, connectionTimeout: SMTP_MS, socketTimeout: SMTP_MS });
  const directory = join(context.dataDir, "mail");
  const handle = async (request: WireRequest): Promise<WireResponse> => {
    const mail = inputOf(request);
    const id = context.randomHex(16);
    const at = context.clock.now();
    if (transport !== null) await relay(transport, mail, id);
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

/** SES, version 2: a mail is a file in `<data>/mail`, a line at the terminal, and handed to an SMTP server where one is named. Every address counts as verified. */
export function createSes(context: LocalContext, options: SesOptions): LocalPart {
  return { services: [service(context, options)], providers: [], close: async () => undefined };
}
