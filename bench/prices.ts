/**
 * List prices of us-east-1 in dollars, as AWS publishes them on the pricing page of each service (November 2026). Free tiers
 * and discounts are left out.
 */
export const prices = {
  dynamodb: { writeUnit: 0.625 / 1e6, readUnit: 0.125 / 1e6, gigabyteMonth: 0.25 },
  lambda: { request: 0.2 / 1e6, gigabyteSecond: 0.0000133334 },
  sqs: { request: 0.4 / 1e6 },
  eventbridge: { event: 1 / 1e6, scheduled: 1 / 1e6 },
  restApi: { request: 3.5 / 1e6 },
  webSocket: { message: 1 / 1e6, connectionMinute: 0.25 / 1e6 },
  cloudFront: { request: 1 / 1e6 },
  logs: { gigabyte: 0.5 },
  secretsManager: { secretMonth: 0.4 },
  cloudWatch: { alarmMetricMonth: 0.1, metricMonth: 0.3 },
  codeBuild: { smallArmMinute: 0.0034, smallMinute: 0.005 },
} as const;

/** Bytes that one unit of DynamoDB pays for. */
const unitBytes = { read: 4096, write: 1024 };

const units = (bytes: number, size: number): number => Math.max(1, Math.ceil(bytes / size));

/** What writing an item costs, by its size in bytes. */
export const writeUnits = (bytes: number): number => units(bytes, unitBytes.write);

/** What a strongly consistent read costs, by the size in bytes of all that was read. */
export const readUnits = (bytes: number): number => units(bytes, unitBytes.read);
