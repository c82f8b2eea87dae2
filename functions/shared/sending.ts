import { SESv2Client } from "@aws-sdk/client-sesv2";
import { SSMClient } from "@aws-sdk/client-ssm";
import { awsApps } from "../../lib/adapters/dynamodb/apps.ts";
import { awsEndpointHealths } from "../../lib/adapters/dynamodb/endpoint-health.ts";
import { awsRequests } from "../../lib/adapters/dynamodb/requests.ts";
import { documents } from "../../lib/adapters/dynamodb/table.ts";
import { outbound } from "../../lib/adapters/http/outbound.ts";
import { awsMail } from "../../lib/adapters/ses/mail.ts";
import { awsEndpointAddresses } from "../../lib/adapters/ssm/endpoint-addresses.ts";
import { encodeNotice } from "../../lib/api/encode.ts";
import type { Measure } from "../../lib/core/measure.ts";
import type { SendingDeps } from "../../lib/core/notices/sending/deps.ts";
import type { Apps } from "../../lib/core/ports/apps.ts";
import { configuration } from "./configuration.ts";
import { now } from "./now.ts";
import { retrying } from "./retry.ts";
import { sign } from "./secrets.ts";

/** What it takes to notify an endpoint, on AWS. */
export function awsSending(measure: Measure): SendingDeps & { readonly apps: Apps } {
  const env = configuration(
    "APPS_TABLE",
    "REQUESTS_TABLE",
    "NOTICES_TABLE",
    "ENDPOINTS_PREFIX",
    "LOCAL_ENDPOINTS",
    "MAIL_FROM",
    "PUBLIC_URL",
  );
  const tables = documents();
  return {
    apps: awsApps(tables, env.APPS_TABLE),
    addresses: awsEndpointAddresses(new SSMClient({}), env.ENDPOINTS_PREFIX),
    healths: awsEndpointHealths(tables, env.NOTICES_TABLE),
    requests: awsRequests(tables, env.REQUESTS_TABLE, retrying(measure)),
    outbound: outbound({ loopback: env.LOCAL_ENDPOINTS, publicUrl: env.PUBLIC_URL }),
    mail: awsMail(new SESv2Client({}), env.MAIL_FROM),
    encode: encodeNotice,
    sign,
    publicUrl: env.PUBLIC_URL,
    now,
  };
}
