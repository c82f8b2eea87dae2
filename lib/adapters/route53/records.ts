import {
  ListResourceRecordSetsCommand,
  type ListResourceRecordSetsCommandInput,
  type ResourceRecordSet,
  type Route53Client,
} from "@aws-sdk/client-route-53";

/** All records of a hosted zone. The SDK has no paginator for them. */
export async function recordsIn(
  client: Pick<Route53Client, "send">,
  HostedZoneId: string,
): Promise<readonly ResourceRecordSet[]> {
  const records: ResourceRecordSet[] = [];
  let start: Partial<ListResourceRecordSetsCommandInput> = {};
  for (;;) {
    const page = await client.send(new ListResourceRecordSetsCommand({ HostedZoneId, ...start }));
    records.push(...(page.ResourceRecordSets ?? []));
    if (!page.IsTruncated) return records;
    start = {
      StartRecordName: page.NextRecordName,
      StartRecordType: page.NextRecordType,
      StartRecordIdentifier: page.NextRecordIdentifier,
    };
  }
}
