import * as z from "zod";
import type { LocalContext, ProvidedResource, Resource, ResourceProvider } from "../../kernel/part.ts";
import { deadLetterSchema, retryPolicySchema, sqsParametersSchema, type Target, targetFrom } from "./delivery.ts";
import { compilePattern, type Matcher } from "./pattern.ts";
import { type BusEvent, checkInput, inputSchema, transform } from "./transform.ts";

export const DEFAULT_BUS = "default";

/** Buses and rules as the template has them. */
export interface Rules {
  readonly providers: readonly ResourceProvider[];
  hasBus(name: string): boolean;
  /** To whom an event on that bus goes, and what each gets. One target's failing transformation is reported, not thrown. */
  route(bus: string, event: BusEvent): readonly { readonly target: Target; readonly input: string }[];
}

const targetProperties = inputSchema.extend({
  Id: z.string(),
  Arn: z.string(),
  RoleArn: z.string().optional(),
  RetryPolicy: retryPolicySchema,
  DeadLetterConfig: deadLetterSchema.optional(),
  SqsParameters: sqsParametersSchema.optional(),
});
const ruleProperties = z.object({
  Name: z.string().optional(),
  EventBusName: z.string().default(DEFAULT_BUS),
  EventPattern: z.unknown().optional(),
  ScheduleExpression: z.string().optional(),
  State: z.enum(["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"]).default("ENABLED"),
  Targets: z.array(targetProperties).default([]),
});

interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly bus: string;
  readonly enabled: boolean;
  readonly matches: Matcher;
  readonly targets: readonly (z.infer<typeof targetProperties> & { readonly target: Target })[];
}

/** A bus is named by its name or its ARN. */
export function busName(nameOrArn: string): string {
  return nameOrArn.startsWith("arn:") ? (nameOrArn.split(":event-bus/")[1] ?? nameOrArn) : nameOrArn;
}

export function busArn(context: LocalContext, nameOrArn: string): string {
  return `arn:aws:events:${context.region}:${context.account}:event-bus/${busName(nameOrArn)}`;
}

function ruleFrom(context: LocalContext, resource: Resource): Rule {
  const properties = ruleProperties.parse(resource.properties);
  if (properties.ScheduleExpression !== undefined) {
    throw new Error(`${resource.logicalId}: rules with a ScheduleExpression are AWS::Scheduler::Schedule here.`);
  }
  const name = properties.Name ?? resource.physicalName;
  const bus = busName(properties.EventBusName);
  const arn = `arn:aws:events:${context.region}:${context.account}:rule/${bus === DEFAULT_BUS ? "" : `${bus}/`}${name}`;
  for (const input of properties.Targets) checkInput(input);
  const targets = properties.Targets.map((target) => {
    // A rule's target is sent to by the service; the role in it is for kinds of targets that are not here.
    const { RoleArn: _role, ...rest } = target;
    return { ...target, target: targetFrom(rest, arn) };
  });
  const matches = compilePattern(properties.EventPattern);
  return { name, arn, bus, enabled: properties.State !== "DISABLED", matches, targets };
}

function ruleProvider(context: LocalContext, rules: Map<string, Rule>): ResourceProvider {
  return {
    type: "AWS::Events::Rule",
    ensure(resource) {
      const rule = ruleFrom(context, resource);
      rules.set(rule.arn, rule);
      return { ref: rule.bus === DEFAULT_BUS ? rule.name : `${rule.bus}|${rule.name}`, attributes: { Arn: rule.arn } };
    },
  };
}

const named = z.object({ Name: z.string().optional(), ArchiveName: z.string().optional() });

function busProvider(context: LocalContext, buses: Set<string>): ResourceProvider {
  return {
    type: "AWS::Events::EventBus",
    ensure(resource): ProvidedResource {
      const name = named.parse(resource.properties).Name ?? resource.physicalName;
      buses.add(name);
      return { ref: name, attributes: { Arn: busArn(context, name), Name: name } };
    },
  };
}

/** An archive exists by name; nothing is kept in it. */
function archiveProvider(context: LocalContext): ResourceProvider {
  return {
    type: "AWS::Events::Archive",
    ensure(resource) {
      const name = named.parse(resource.properties).ArchiveName ?? resource.physicalName;
      const Arn = `arn:aws:events:${context.region}:${context.account}:archive/${name}`;
      return { ref: name, attributes: { Arn, ArchiveName: name } };
    },
  };
}

export function createRules(context: LocalContext): Rules {
  const buses = new Set([DEFAULT_BUS]);
  const rules = new Map<string, Rule>();
  function inputsOf(rule: Rule, event: BusEvent) {
    return rule.targets.flatMap(({ target, ...input }) => {
      try {
        return [{ target, input: transform(input, { ruleArn: rule.arn, ruleName: rule.name, event }) }];
      } catch (error) {
        context.log("events", {
          level: "ERROR",
          message: "No input could be made.",
          rule: rule.name,
          error: String(error),
        });
        return [];
      }
    });
  }
  return {
    providers: [busProvider(context, buses), ruleProvider(context, rules), archiveProvider(context)],
    hasBus: (name) => buses.has(name),
    route: (bus, event) =>
      [...rules.values()]
        .filter((rule) => rule.enabled && rule.bus === bus && rule.matches(event))
        .flatMap((rule) => inputsOf(rule, event)),
  };
}
