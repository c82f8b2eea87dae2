import { Aws, Stack } from "aws-cdk-lib";
import { Alarm } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { Effect, PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";

/** Sends an e-mail when an alarm of the stack rings, and when it is over. Amazon SNS first asks the address to confirm. */
export class AlarmEmail extends Construct {
  constructor(scope: Construct, id: string, address: string) {
    super(scope, id);
    const topic = new Topic(this, "Topic", { displayName: "Slipway alarms", enforceSSL: true });
    topic.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        actions: ["sns:Publish"],
        resources: [topic.topicArn],
        conditions: { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID } },
      }),
    );
    topic.addSubscription(new EmailSubscription(address));
    const action = new SnsAction(topic);
    for (const each of Stack.of(this).node.findAll()) {
      if (!(each instanceof Alarm)) continue;
      each.addAlarmAction(action);
      each.addOkAction(action);
    }
  }
}
