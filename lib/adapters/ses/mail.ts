import { type SESv2Client, SESv2ServiceException, SendEmailCommand } from "@aws-sdk/client-sesv2";
import type { Mail } from "../../core/ports/notices.ts";

/** E-mails by SES. `from`: an address that SES has verified; `""`: none are sent. */
export function awsMail(client: SESv2Client, from: string): Mail {
  return {
    send: async ({ to, subject, text }) => {
      if (from === "")
        return {
          outcome: "failed",
          isLasting: true,
          message: "This installation has no address to send from. Set the parameter MailFrom.",
        };
      try {
        await client.send(
          new SendEmailCommand({
            FromEmailAddress: from,
            Destination: { ToAddresses: [to] },
            Content: {
              Simple: {
                Subject: { Data: subject, Charset: "UTF-8" },
                Body: { Text: { Data: text, Charset: "UTF-8" } },
              },
            },
          }),
        );
        return { outcome: "sent" };
      } catch (error) {
        if (!(error instanceof SESv2ServiceException)) throw error;
        return { outcome: "failed", isLasting: lasting.has(error.name), message: `SES refused it: ${error.message}` };
      }
    },
  };
}

/** What a person must fix. The rest, such as throttling, passes. */
const lasting: ReadonlySet<string> = new Set([
  "MessageRejected",
  "MailFromDomainNotVerifiedException",
  "BadRequestException",
  "NotFoundException",
]);
