import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { App, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { AwsSolutionsChecks } from "cdk-nag";
import { tlsPolicy } from "../../lib/core/placement/placement.ts";
import { bundle } from "../../lib/infra/bundle.ts";
import { functions, resources, root, stack, synthesized, template } from "./synthesized.ts";

describe("the template", () => {
  test("has no finding of cdk-nag without an argument", () => {
    const { violations } = new AwsSolutionsChecks().validateScope(stack.node.root);
    expect(violations.map(({ ruleName, violatingResources }) => [ruleName, violatingResources])).toEqual([]);
  });

  test("has no function but those of the folders, and one for each", () => {
    const names = functions().map(({ name }) => name);
    expect(names.filter((name) => !existsSync(join(root, "functions", name, "index.ts")))).toEqual([]);
    expect(new Set(names).size).toBe(14);
    expect(Object.keys(resources("AWS::Lambda::Function"))).toHaveLength(14);
  });

  test("runs every function on Node 24 and arm64", () => {
    template.allResourcesProperties("AWS::Lambda::Function", {
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      Handler: "index.handler",
    });
  });

  test("keeps every log for a limited time, and writes nothing to a log group that it does not know", () => {
    const groups = Object.values(resources("AWS::Logs::LogGroup"));
    expect(groups.filter(({ Properties }) => typeof Properties.RetentionInDays !== "number")).toEqual([]);
    for (const { Properties } of Object.values(resources("AWS::Lambda::Function"))) {
      expect(Properties.LoggingConfig).toEqual({ LogGroup: { Ref: expect.any(String) } });
    }
  });

  test("asks for the parameters that docs/architecture.md names, with defaults that are safe", () => {
    const { Parameters } = template.toJSON();
    const ours = Object.entries<{ Default: string }>(Parameters).filter(([name]) => name !== "BootstrapVersion");
    expect(Object.fromEntries(ours.map(([name, { Default }]) => [name, Default]))).toEqual({
      AuthMode: "required",
      AllowedOrigins: "",
      LocalRepositories: "refused",
      LocalEndpoints: "refused",
      MaxConcurrentBuilds: "10",
      MaxHeldReads: "4",
      MailFrom: "",
      AppUrl: "",
      PublicUrl: "",
      GitHubUrl: "https://github.com",
      GitHubApiUrl: "https://api.github.com",
      EdgeVersion: "",
      EdgeVersionBefore: "",
    });
  });
});

describe("a domain", () => {
  const settings = { domain: "apps.example.com", hostedZoneId: "Z0123456789" };
  const withDomain = Template.fromStack(synthesized(settings));
  const arn = "arn:aws:acm:eu-west-1:123456789012:certificate/1234";
  const elsewhere = Template.fromStack(synthesized({ domain: "apps.example.com", certificateArn: arn }));

  test("is where apps are reached by name", () => {
    const { Resources, Metadata } = withDomain.toJSON();
    const suffix = { "Fn::Join": ["", ["https://{name}.apps.example.com", { Ref: "AppPortSuffix" }]] };
    withDomain.hasResourceProperties("AWS::Lambda::Function", {
      Environment: { Variables: Match.objectLike({ APP_URL: suffix, APP_DOMAIN: "apps.example.com" }) },
    });
    expect(JSON.stringify(Resources)).not.toContain('{"Ref":"AppUrl"}');
    expect(Metadata["Slipway::Settings"]).toEqual(settings);
  });

  test("has a wildcard certificate, proved in its zone, and a record that leads to the load balancer", () => {
    withDomain.hasResourceProperties("AWS::CertificateManager::Certificate", {
      DomainName: "*.apps.example.com",
      ValidationMethod: "DNS",
      DomainValidationOptions: [{ DomainName: "*.apps.example.com", HostedZoneId: settings.hostedZoneId }],
    });
    withDomain.hasResourceProperties("AWS::Route53::RecordSet", {
      HostedZoneId: settings.hostedZoneId,
      Name: "*.apps.example.com.",
      Type: "A",
      AliasTarget: Match.objectLike({ DNSName: Match.anyValue(), HostedZoneId: Match.anyValue() }),
    });
  });

  test("has one listener for all apps that speaks TLS 1.2 and 1.3, and one that redirects to it", () => {
    withDomain.resourceCountIs("AWS::ElasticLoadBalancingV2::Listener", 2);
    withDomain.hasResourceProperties("AWS::ElasticLoadBalancingV2::Listener", {
      Port: 443,
      Protocol: "HTTPS",
      SslPolicy: tlsPolicy,
      DefaultActions: [{ Type: "fixed-response", FixedResponseConfig: Match.objectLike({ StatusCode: "404" }) }],
    });
    withDomain.hasResourceProperties("AWS::ElasticLoadBalancingV2::Listener", {
      Port: 80,
      DefaultActions: [
        { Type: "redirect", RedirectConfig: { Protocol: "HTTPS", Port: "443", StatusCode: "HTTP_301" } },
      ],
    });
    withDomain.hasResourceProperties("AWS::ElasticLoadBalancingV2::LoadBalancer", {
      Scheme: "internet-facing",
      LoadBalancerAttributes: Match.arrayWith([
        { Key: "routing.http.drop_invalid_header_fields.enabled", Value: "true" },
      ]),
    });
  });

  test("lets the worker change addresses below it and no other record", () => {
    withDomain.hasResourceProperties("AWS::IAM::ManagedPolicy", {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: "route53:ChangeResourceRecordSets",
            Condition: {
              "ForAllValues:StringEquals": { "route53:ChangeResourceRecordSetsRecordTypes": ["A"] },
              "ForAllValues:StringLike": {
                "route53:ChangeResourceRecordSetsNormalizedRecordNames": ["*.apps.example.com"],
              },
            },
          }),
        ]),
      },
    });
  });

  test("whose DNS is elsewhere has the certificate that is given, no record, and no right to make one", () => {
    elsewhere.resourceCountIs("AWS::CertificateManager::Certificate", 0);
    elsewhere.resourceCountIs("AWS::Route53::RecordSet", 0);
    elsewhere.hasResourceProperties("AWS::ElasticLoadBalancingV2::Listener", {
      Certificates: [{ CertificateArn: arn }],
    });
    expect(JSON.stringify(elsewhere.toJSON())).not.toContain("route53:");
  });

  test("has no finding of cdk-nag without an argument", () => {
    const { violations } = new AwsSolutionsChecks().validateScope(synthesized(settings).node.root);
    expect(violations.map(({ ruleName, violatingResources }) => [ruleName, violatingResources])).toEqual([]);
  });

  test.each([
    [{ domain: "apps.example.com" }, "needs -c hostedZoneId=ID"],
    [{ hostedZoneId: "Z1" }, "need -c domain=DOMAIN"],
    [{ certificateArn: arn }, "need -c domain=DOMAIN"],
  ])("%j is refused", (context: Readonly<Record<string, string>>, message) => {
    expect(() => synthesized(context)).toThrow(message);
  });
});

describe("the alarms", () => {
  test("send an e-mail to the address that was set, over a topic that takes CloudWatch's messages of this account only", () => {
    const withEmail = Template.fromStack(synthesized({ alarmEmail: "ops@example.com" }));
    withEmail.hasResourceProperties("AWS::SNS::Subscription", { Protocol: "email", Endpoint: "ops@example.com" });
    const topic = [{ Ref: Object.keys(withEmail.findResources("AWS::SNS::Topic"))[0] }];
    withEmail.allResourcesProperties("AWS::CloudWatch::Alarm", { AlarmActions: topic, OKActions: topic });
    withEmail.hasResourceProperties("AWS::SNS::TopicPolicy", {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: "sns:Publish",
            Effect: "Allow",
            Principal: { Service: "cloudwatch.amazonaws.com" },
            Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
          }),
        ]),
      },
    });
  });

  test("have no action unless an address was set", () => {
    template.resourceCountIs("AWS::SNS::Topic", 0);
  });
});

test("a function without its source is named, not deployed empty", () => {
  new Stack(new App(), "Empty");
  expect(() => bundle("functions/not-there/index.ts", "index.mjs")).toThrow("functions/not-there/index.ts");
});

describe("a function's environment", () => {
  /** A file of the functions and, through it, those that it imports from beside it. */
  const sourcesOf = (file: string): string[] => {
    const source = readFileSync(file, "utf8");
    const imported = [...source.matchAll(/from "(\.\.?\/(?:shared\/)?[\w-]+\.ts)"/g)].map((match) =>
      join(dirname(file), String(match[1])),
    );
    return [source, ...imported.filter((path) => !path.endsWith("configuration.ts")).flatMap(sourcesOf)];
  };
  /** Variables that a function's own files ask `configuration(…)` for. */
  const askedFor = (name: string): string[] => {
    const calls = sourcesOf(join(root, "functions", name, "index.ts")).flatMap(
      (source) => source.match(/configuration\(([^)]*)\)/g) ?? [],
    );
    return calls.flatMap((call) => call.match(/[A-Z][A-Z_]+/g) ?? []);
  };
  const documented = readFileSync(join(root, "docs", "architecture.md"), "utf8");
  const everyones = ["POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "NODE_OPTIONS"];
  const setByLambda = ["AWS_REGION"];

  test.each(functions())("of $name is what its code asks for, by documented names", ({ name, environment }) => {
    const given = Object.keys(environment).filter((key) => !everyones.includes(key));
    const asked = askedFor(name).filter((key) => !setByLambda.includes(key));
    expect(given.toSorted()).toEqual([...new Set(asked)].toSorted());
    expect(given.filter((key) => !documented.includes(`\`${key}\``))).toEqual([]);
  });
});
