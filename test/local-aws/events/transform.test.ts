import { describe, expect, test } from "@jest/globals";
import { type BusEvent, checkInput, inputSchema, transform } from "@slipway/local-aws/services/events/transform";
import fc from "fast-check";

const event: BusEvent = {
  version: "0",
  id: "7bf73129-1428-4cd3-a780-95db273d1602",
  "detail-type": "EC2 Instance State-change Notification",
  source: "aws.ec2",
  account: "000000000000",
  time: "2015-11-11T21:29:54Z",
  region: "us-east-1",
  resources: ["arn:aws:ec2:us-east-1:000000000000:instance/i-abcd1111"],
  detail: { "instance-id": "i-0123456789", state: "RUNNING", list: [{ n: 1 }, { n: 2 }], says: 'a "quoted" word' },
};
const about = { ruleArn: "arn:aws:events:us-east-1:000000000000:rule/r", ruleName: "r", event };
const fill = (InputTemplate: string, InputPathsMap: Record<string, string> = {}) =>
  transform(inputSchema.parse({ InputTransformer: { InputPathsMap, InputTemplate } }), about);

const PATHS = {
  instance: "$.detail.instance-id",
  state: "$.detail.state",
  resource: "$.resources[0]",
  detail: "$.detail.list[1]",
  says: "$.detail.says",
  all: "$.detail.list[*].n",
  gone: "$.detail.nothing.here",
};

const TEMPLATES: readonly (readonly [string, string, unknown])[] = [
  [
    "outside quotes a text gets quotes",
    '{"instance": <instance>, "state": <state>}',
    { instance: "i-0123456789", state: "RUNNING" },
  ],
  ["inside quotes it stands as it is", '{"text": "<instance> is <state>"}', { text: "i-0123456789 is RUNNING" }],
  [
    "a sentence",
    '"<instance> of <resource>"',
    "i-0123456789 of arn:aws:ec2:us-east-1:000000000000:instance/i-abcd1111",
  ],
  ["an object", '{"o": <detail>}', { o: { n: 2 } }],
  ["an object inside quotes loses its own", '{"o": "<detail>"}', { o: "{n:2}" }],
  ["all elements", '{"o": <all>}', { o: [1, 2] }],
  ["quotes in a value stay a value", '{"o": "<says>", "p": <says>}', { o: 'a "quoted" word', p: 'a "quoted" word' }],
  ["what is not there is empty", '{"o": <gone>, "p": "x<gone>y"}', { o: "", p: "xy" }],
  ["the rule", '{"a": <aws.events.rule-arn>, "n": "<aws.events.rule-name>"}', { a: about.ruleArn, n: "r" }],
  ["the time", '{"t": <aws.events.event.ingestion-time>}', { t: event.time }],
  ["the whole event", '{"e": <aws.events.event.json>}', { e: event }],
];

describe("an input template", () => {
  test.each(TEMPLATES)("%s", (_name, template, expected) => {
    expect(JSON.parse(fill(template, PATHS))).toEqual(expected);
  });

  test("the event without its detail", () => {
    const { detail: _detail, ...rest } = event;
    expect(JSON.parse(fill('{"e": <aws.events.event>}'))).toEqual({ e: rest });
  });

  test("several lines stay several lines", () => {
    expect(fill('"<instance>"\n"<state>"', PATHS)).toBe('"i-0123456789"\n"RUNNING"');
  });

  test("any text comes through, quoted or not", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const input = inputSchema.parse({
          InputTransformer: { InputPathsMap: { x: "$.detail.x" }, InputTemplate: '{"a": <x>, "b": "<x>!"}' },
        });
        const made = transform(input, { ...about, event: { ...event, detail: { x: text } } });
        expect(JSON.parse(made)).toEqual({ a: text, b: `${text}!` });
      }),
    );
  });
});

test("a constant, a part, or the whole event", () => {
  expect(transform({ Input: '{"type":"sweep"}' }, about)).toBe('{"type":"sweep"}');
  expect(transform({ InputPath: "$.detail.state" }, about)).toBe('"RUNNING"');
  expect(JSON.parse(transform({}, about))).toEqual(event);
});

test("inputs that can never be made are found at once", () => {
  expect(() => checkInput({ InputPath: "$..deep" })).toThrow("$..deep");
  expect(() => checkInput({ Input: "{" })).toThrow("not JSON");
  expect(() => checkInput(inputSchema.parse({ InputTransformer: { InputTemplate: "{<a> b}" } }))).toThrow("not JSON");
  expect(() =>
    checkInput(inputSchema.parse({ InputTransformer: { InputPathsMap: { a: "detail" }, InputTemplate: "<a>" } })),
  ).toThrow("detail");
});
