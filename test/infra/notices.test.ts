import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { functions, idOf, resources, statements, template } from "./synthesized.ts";

const { Ref: queueId } = z
  .object({ Ref: z.string() })
  .parse(functions().find(({ name }) => name === "bus-to-notices")?.environment.NOTICE_QUEUE_URL);
const arnOf = (id: string) => ({ "Fn::GetAtt": [id, "Arn"] });
const holdersOf = (wanted: (statement: ReturnType<typeof statements>[number]) => boolean): string[] =>
  statements()
    .filter(wanted)
    .map(({ role }) => functions().find((each) => each.role === role)?.name ?? role)
    .toSorted();

describe("notices", () => {
  test("get each new stage from the bus, as messages that their function reads", () => {
    const rule = Object.values(resources("AWS::Events::Rule")).find(({ Properties }) =>
      JSON.stringify(Properties.Targets).includes("stage_changed"),
    );
    expect(rule?.Properties).toMatchObject({
      EventBusName: { Ref: expect.stringContaining("Bus") },
      EventPattern: { source: ["slipway"], "detail-type": ["Deployment Stage Changed"] },
      Targets: [
        {
          Arn: arnOf(queueId),
          DeadLetterConfig: expect.anything(),
          InputTransformer: { InputTemplate: '{"type":"stage_changed","deployment":<detail>}' },
        },
      ],
    });
  });

  test("wait on a queue that hides them for six times the sender's timeout, and gives up after five times", () => {
    const { VisibilityTimeout, RedrivePolicy } = resources("AWS::SQS::Queue")[queueId]?.Properties ?? {};
    expect(VisibilityTimeout).toBe(6 * (functions().find(({ name }) => name === "bus-to-notices")?.timeout ?? 0));
    expect(RedrivePolicy).toMatchObject({ maxReceiveCount: 5 });
    template.hasResourceProperties("AWS::Lambda::EventSourceMapping", {
      EventSourceArn: arnOf(queueId),
      FunctionName: { Ref: idOf("bus-to-notices") },
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    });
  });

  test("go to addresses that only the senders read, and only those who change apps write and remove", () => {
    const onEndpoints = (action: string) => (statement: ReturnType<typeof statements>[number]) =>
      statement.Action.includes(action) && JSON.stringify(statement.Resource).includes("parameter/slipway/endpoints/*");
    expect(holdersOf(onEndpoints("ssm:GetParameters"))).toEqual(["api-to-notices", "bus-to-notices"]);
    expect(holdersOf(onEndpoints("ssm:GetParametersByPath"))).toEqual([]);
    expect(holdersOf(onEndpoints("ssm:PutParameter"))).toEqual(["api-to-queue"]);
    expect(holdersOf(onEndpoints("ssm:DeleteParameters"))).toEqual(["api-to-queue", "queue-to-work"]);
  });

  test("reach GitHub as an app whose key only those read who need it, and only the API writes", () => {
    const onApp = (action: string) => (statement: ReturnType<typeof statements>[number]) =>
      statement.Action.includes(action) && JSON.stringify(statement.Resource).includes("parameter/slipway/github/app");
    const readers = ["api-to-queue", "build-to-rows", "bus-to-notices", "queue-to-work"];
    expect(holdersOf(onApp("ssm:GetParameters"))).toEqual(readers);
    expect(holdersOf(onApp("ssm:PutParameter"))).toEqual(["api-to-queue"]);
    expect(holdersOf(({ Action }) => Action.includes("secretsmanager:PutSecretValue"))).toEqual(["api-to-queue"]);
  });

  test("leave the apps' other secrets to the build and the worker: the API reads their Git tokens alone", () => {
    const reading = statements().filter(
      ({ role, Action, Resource }) =>
        role === functions().find(({ name }) => name === "api-to-queue")?.role &&
        Action.includes("ssm:GetParameters") &&
        JSON.stringify(Resource).includes("/slipway/apps/"),
    );
    expect(reading.map(({ Resource }) => JSON.stringify(Resource))).toEqual([
      expect.stringContaining("parameter/slipway/apps/*/git-token"),
    ]);
  });

  test("are mailed from the installation's own address only", () => {
    const mailing = statements().filter(({ Action }) => Action.includes("ses:SendEmail"));
    expect(mailing).toHaveLength(2);
    for (const { Condition } of mailing)
      expect(Condition).toEqual({ StringEquals: { "ses:FromAddress": { Ref: "MailFrom" } } });
  });
});
