import type { LocalContext } from "../../kernel/part.ts";

/** The account that fauxqs knows and no other. */
const fauxqsAccount = "000000000000";

/** How queues are called outside and inside: fauxqs has its own account and port, which nobody else is to see. */
export interface QueueNames {
  url(name: string): string;
  arn(name: string): string;
  /** The name in a queue's URL or ARN, whatever port it was made for. */
  nameIn(urlOrArn: string): string;
  /** The same text with fauxqs's queue ARNs in place of ours. */
  inward(text: string): string;
  /** The same text with our queue ARNs in place of fauxqs's. */
  outward(text: string): string;
}

export function queueNames({ account, region, awsEndpoint }: LocalContext): QueueNames {
  const ours = `arn:aws:sqs:${region}:${account}:`;
  const theirs = `arn:aws:sqs:${region}:${fauxqsAccount}:`;
  return {
    url: (name) => `${awsEndpoint}/${account}/${name}`,
    arn: (name) => `${ours}${name}`,
    nameIn: (urlOrArn) => urlOrArn.slice(Math.max(urlOrArn.lastIndexOf("/"), urlOrArn.lastIndexOf(":")) + 1),
    inward: (text) => text.replaceAll(ours, theirs),
    outward: (text) => text.replaceAll(theirs, ours),
  };
}
