import { ArnFormat, Stack } from "aws-cdk-lib";
import type { IProject } from "aws-cdk-lib/aws-codebuild";
import type { AppCluster } from "./app-cluster.ts";
import { installationTag, longPrefix } from "./installation.ts";
import { madeAtRunTime } from "./names.ts";
import type { Permission } from "./permission.ts";

type Arn = (service: string, resource: string) => string;

const because =
  "Services, tasks, target groups and alarms are made at run time, one for each app; all have the prefix of the installation.";
const noResource = "AWS has no resource-level permission for this.";

/** What the worker may do with builds, releases and the load balancer. */
export function workerPermissions(project: IProject, apps: AppCluster): Permission[] {
  const stack = Stack.of(apps);
  const arn: Arn = (service, resource) => stack.formatArn({ service, resource });
  const made = madeAtRunTime(apps);
  return [
    {
      actions: [
        "codebuild:BatchGetBuilds",
        "codebuild:ListBuildsForProject",
        "codebuild:StartBuild",
        "codebuild:StopBuild",
      ],
      on: [project.projectArn],
    },
    ...releasing(arn, apps, made),
    ...loadBalancing(arn, made),
    ...scaling(arn, longPrefix(stack.stackName)),
    apps.onLogs(
      "logs:CreateLogGroup",
      "logs:DeleteLogGroup",
      "logs:FilterLogEvents",
      "logs:PutRetentionPolicy",
      "logs:TagResource",
    ),
    {
      actions: ["logs:DescribeLogGroups"],
      on: ["*"],
      because: "Log groups are listed by their prefix to find those whose app is gone; IAM asks for all of them.",
    },
    {
      actions: ["DeleteAlarms", "PutMetricAlarm", "TagResource"].map((action) => `cloudwatch:${action}`),
      on: [
        stack.formatArn({
          service: "cloudwatch",
          resource: "alarm",
          resourceName: made,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
      because,
    },
    {
      actions: ["cloudwatch:DescribeAlarms"],
      on: [
        stack.formatArn({
          service: "cloudwatch",
          resource: "alarm",
          resourceName: "*",
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
      because: "Alarms are listed by their prefix to find those whose app is gone; IAM asks for all of them.",
    },
    {
      actions: ["iam:PassRole"],
      on: [apps.executionRole.roleArn, apps.taskRole.roleArn],
      when: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
    },
    {
      actions: ["iam:PassRole"],
      on: [`${apps.appRolesArn}*`],
      when: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
      because: appRoles,
    },
    {
      actions: ["iam:PassRole"],
      on: [apps.infrastructureRole.roleArn],
      when: { StringEquals: { "iam:PassedToService": "ecs.amazonaws.com" } },
    },
    serviceLinkedRole(stack, "ecs.amazonaws.com", "AWSServiceRoleForECS"),
    serviceLinkedRole(stack, "elasticloadbalancing.amazonaws.com", "AWSServiceRoleForElasticLoadBalancing"),
    serviceLinkedRole(
      stack,
      "ecs.application-autoscaling.amazonaws.com",
      "AWSServiceRoleForApplicationAutoScaling_ECSService",
    ),
  ];
}

function releasing(arn: Arn, { cluster }: AppCluster, made: string): Permission[] {
  const services = arn("ecs", `service/${cluster.clusterName}/${made}`);
  const definitions = arn("ecs", `task-definition/${made}`);
  const tasks = arn("ecs", `task/${cluster.clusterName}/*`);
  const serviceActions = [
    "CreateService",
    "DeleteService",
    "DescribeServices",
    "ListServiceDeployments",
    "UpdateService",
  ];
  return [
    { actions: serviceActions.map((action) => `ecs:${action}`), on: [services], because },
    {
      actions: ["ecs:ContinueServiceDeployment", "ecs:DescribeServiceDeployments", "ecs:StopServiceDeployment"],
      on: [arn("ecs", `service-deployment/${cluster.clusterName}/${made}`)],
      because,
    },
    {
      actions: ["ecs:DescribeServiceRevisions"],
      on: [arn("ecs", `service-revision/${cluster.clusterName}/${made}`)],
      because,
    },
    { actions: ["ecs:DeleteTaskDefinitions", "ecs:RegisterTaskDefinition"], on: [definitions], because },
    {
      actions: ["ecs:RunTask"],
      on: [definitions],
      when: { ArnEquals: { "ecs:cluster": cluster.clusterArn } },
      because,
    },
    { actions: ["ecs:StopTask"], on: [tasks], because },
    { actions: ["ecs:TagResource"], on: [services, definitions, tasks], because },
    {
      actions: ["ecs:DeregisterTaskDefinition", "ecs:ListTaskDefinitionFamilies", "ecs:ListTaskDefinitions"],
      on: ["*"],
      because: noResource,
    },
    {
      actions: ["ecs:ListServices"],
      on: ["*"],
      when: { ArnEquals: { "ecs:cluster": cluster.clusterArn } },
      because: noResource,
    },
    ...readingTasks(arn, cluster),
  ];
}

const readingTasks = (arn: Arn, cluster: AppCluster["cluster"]): Permission[] => [
  { actions: ["ecs:DescribeTasks"], on: [arn("ecs", `task/${cluster.clusterName}/*`)], because },
  { actions: ["ecs:DescribeTaskDefinition"], on: ["*"], because: noResource },
  {
    actions: ["ecs:ListTasks"],
    on: ["*"],
    when: { ArnEquals: { "ecs:cluster": cluster.clusterArn } },
    because: noResource,
  },
];

const appRoles = "The operator makes the roles of apps below this path, and passes no others.";

/** What it takes to judge a role that an app is to have. */
export const roleReaderPermission = ({ appRolesArn }: AppCluster): Permission => ({
  actions: ["iam:GetRole"],
  on: [`${appRolesArn}*`],
  because: appRoles,
});

/** What it takes to say how the apps' tasks are. */
export function taskReaderPermissions(apps: AppCluster): Permission[] {
  const { cluster } = apps;
  const arn: Arn = (service, resource) => Stack.of(apps).formatArn({ service, resource });
  const services = arn("ecs", `service/${cluster.clusterName}/${madeAtRunTime(apps)}`);
  return [
    { actions: ["ecs:DescribeServices"], on: [services], because },
    ...readingTasks(arn, cluster),
    { actions: ["elasticloadbalancing:DescribeTargetHealth"], on: ["*"], because: noResource },
  ];
}

/** What it takes to say what the apps' load balancers and tasks measured. */
export function usageReaderPermissions(apps: AppCluster): Permission[] {
  const resourceName = madeAtRunTime(apps);
  const alarms = { service: "cloudwatch", resource: "alarm", resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME };
  return [
    { actions: ["cloudwatch:GetMetricData"], on: ["*"], because: noResource },
    { actions: ["cloudwatch:DescribeAlarmHistory"], on: [Stack.of(apps).formatArn(alarms)], because },
    { actions: ["elasticloadbalancing:DescribeTargetGroups"], on: ["*"], because: noResource },
  ];
}

function loadBalancing(arn: Arn, made: string): Permission[] {
  const elb = (...actions: string[]) => actions.map((action) => `elasticloadbalancing:${action}`);
  const balancers = arn("elasticloadbalancing", `loadbalancer/app/${made}`);
  const listeners = arn("elasticloadbalancing", `listener/app/${made}`);
  const rules = arn("elasticloadbalancing", `listener-rule/app/${made}`);
  const targetGroups = arn("elasticloadbalancing", `targetgroup/${made}`);
  return [
    {
      actions: elb(
        "DescribeListeners",
        "DescribeLoadBalancers",
        "DescribeRules",
        "DescribeTags",
        "DescribeTargetGroups",
      ),
      on: ["*"],
      because: noResource,
    },
    { actions: elb("CreateListener", "CreateLoadBalancer"), on: [balancers], because },
    { actions: elb("ModifyLoadBalancerAttributes"), on: [balancers], because },
    {
      actions: elb("AddListenerCertificates", "CreateRule", "DeleteListener", "RemoveListenerCertificates"),
      on: [listeners],
      because,
    },
    { actions: elb("DeleteRule", "ModifyRule"), on: [rules], because },
    {
      actions: elb("CreateTargetGroup", "DeleteTargetGroup", "ModifyTargetGroup", "ModifyTargetGroupAttributes"),
      on: [targetGroups],
      because,
    },
    { actions: elb("AddTags"), on: [balancers, listeners, rules, targetGroups], because },
  ];
}

/**
 * IAM knows no names of scalable targets, but their tags. Another installation's is never touched; one that is not there yet, or
 * not any more, has no tag to compare. See docs/decisions/0053.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsapplicationautoscaling.html
 */
function scaling(arn: Arn, installation: string): Permission[] {
  const on = [arn("application-autoscaling", "scalable-target/*")];
  const because =
    "AWS gives scalable targets names of its own; they are made at run time, one for each app that scales. Conditions name the installation's tag.";
  const notOfOthers = { StringEqualsIfExists: { [`aws:ResourceTag/${installationTag}`]: installation } };
  const ofServices = {
    "application-autoscaling:service-namespace": "ecs",
    "application-autoscaling:scalable-dimension": "ecs:service:DesiredCount",
  };
  const tagged = { [`aws:RequestTag/${installationTag}`]: installation };
  return [
    {
      actions: ["application-autoscaling:DeregisterScalableTarget", "application-autoscaling:PutScalingPolicy"],
      on,
      when: { StringEquals: ofServices, ...notOfOthers },
      because,
    },
    {
      actions: ["application-autoscaling:RegisterScalableTarget"],
      on,
      when: { StringEquals: { ...ofServices, ...tagged }, ...notOfOthers },
      because,
    },
    {
      actions: ["application-autoscaling:TagResource"],
      on,
      when: { StringEquals: tagged, ...notOfOthers },
      because,
    },
    { actions: ["application-autoscaling:DescribeScalableTargets"], on: ["*"], because: noResource },
  ];
}

/** The first service and the first load balancer of an account make AWS's own roles, in the name of who asks for them. */
function serviceLinkedRole(stack: Stack, service: string, role: string): Permission {
  const resource = `role/aws-service-role/${service}/${role}`;
  return {
    actions: ["iam:CreateServiceLinkedRole"],
    on: [stack.formatArn({ service: "iam", region: "", resource })],
    when: { StringEquals: { "iam:AWSServiceName": service } },
  };
}
