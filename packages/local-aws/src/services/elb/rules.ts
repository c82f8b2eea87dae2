import * as z from "zod";
import { AwsError, type Operation } from "../../kernel/service.ts";
import {
  actions,
  conditions,
  creating,
  describing,
  type ElbDeps,
  list,
  number,
  onExisting,
  operation,
  page,
  paging,
  showAction,
  showCondition,
  tagList,
} from "./inputs.ts";
import { checkActions, checkRules } from "./limits.ts";
import type { Listener, Rule } from "./model.ts";

const createInput = z.object({
  ListenerArn: z.string(),
  Conditions: conditions,
  Priority: number(1, 50_000),
  Actions: actions,
  Tags: tagList,
});
const describeInput = z.object({
  ListenerArn: z.string().optional(),
  RuleArns: list(z.string()).default([]),
  ...paging,
});
const modifyInput = z.object({
  RuleArn: z.string(),
  Conditions: conditions.optional(),
  Actions: actions.optional(),
});
const arnInput = z.object({ RuleArn: z.string() });

const ruleArn = (listenerArn: string, id: string): string =>
  `${listenerArn.replace(":listener/", ":listener-rule/")}/${id}`;

function create(deps: ElbDeps, input: z.infer<typeof createInput>): Rule {
  const { context, store } = deps;
  const { arn: listenerArn, loadBalancerArn } = store.listener(input.ListenerArn);
  checkRules(store, loadBalancerArn);
  checkActions(store, loadBalancerArn, input.Actions);
  const { Priority: priority, Conditions, Actions } = input;
  if (store.rulesOf(listenerArn).some((one) => one.priority === priority)) {
    throw new AwsError("PriorityInUse", `Priority '${priority}' is currently in use`);
  }
  const arn = ruleArn(listenerArn, context.randomHex(16));
  const made = { arn, listenerArn, priority, conditions: Conditions, actions: Actions };
  store.rules.put(arn, made);
  store.addTags(arn, input.Tags);
  return made;
}

function modify(deps: ElbDeps, { RuleArn, Conditions, Actions }: z.infer<typeof modifyInput>): Rule {
  const { store } = deps;
  const rule = store.rule(RuleArn);
  if (Actions !== undefined) checkActions(store, store.listener(rule.listenerArn).loadBalancerArn, Actions);
  const changed = { ...rule, conditions: Conditions ?? rule.conditions, actions: Actions ?? rule.actions };
  store.rules.put(rule.arn, changed);
  return changed;
}

const show = (one: Rule): unknown => ({
  RuleArn: one.arn,
  Priority: String(one.priority),
  Conditions: one.conditions.map(showCondition),
  Actions: one.actions.map(showAction),
  IsDefault: false,
});

const showDefault = (one: Listener): unknown => ({
  RuleArn: one.defaultRuleArn,
  Priority: "default",
  Conditions: [],
  Actions: one.actions.map(showAction),
  IsDefault: true,
});

export function ruleOperations(deps: ElbDeps): Record<string, Operation> {
  const { store } = deps;
  const defaultOf = (arn: string): Listener | undefined => store.listeners.where("defaultRule", arn)[0];
  const showAny = (arn: string): unknown => {
    const listener = defaultOf(arn);
    return listener === undefined ? show(store.rule(arn)) : showDefault(listener);
  };
  return {
    CreateRule: operation(createInput, {
      permissions: ({ ListenerArn, Tags }) => creating("CreateRule", ListenerArn, ruleArn(ListenerArn, "*"), Tags),
      run: (input) => ({ Rules: [show(create(deps, input))] }),
    }),
    DescribeRules: operation(describeInput, {
      permissions: describing("DescribeRules"),
      run: (input) => {
        const of = (listener: Listener) => [...store.rulesOf(listener.arn).map(show), showDefault(listener)];
        const all =
          input.ListenerArn === undefined ? input.RuleArns.map(showAny) : of(store.listener(input.ListenerArn));
        const { items, NextMarker } = page(all, input);
        return { Rules: items, NextMarker };
      },
    }),
    ModifyRule: operation(modifyInput, {
      permissions: ({ RuleArn }) => [onExisting(deps, "ModifyRule", RuleArn)],
      run: (input) => ({ Rules: [show(modify(deps, input))] }),
    }),
    DeleteRule: operation(arnInput, {
      permissions: ({ RuleArn }) => [onExisting(deps, "DeleteRule", RuleArn)],
      run: ({ RuleArn }) => {
        if (defaultOf(RuleArn) !== undefined) {
          throw new AwsError("OperationNotPermitted", `Default rule '${RuleArn}' cannot be deleted`);
        }
        store.rules.delete(store.rule(RuleArn).arn);
        store.dropTags(RuleArn);
        return {};
      },
    }),
  };
}
