import * as z from "zod";
import type { Operation } from "../../kernel/service.ts";
import { describing, type ElbDeps, list, onExisting, operation, tagList } from "./inputs.ts";
import type { Store } from "./store.ts";

const addInput = z.object({ ResourceArns: list(z.string()), Tags: tagList });
const describeInput = z.object({ ResourceArns: list(z.string()) });

/** By the kind in an ARN: what throws where such a thing is absent. */
const EXISTS: Readonly<Record<string, (store: Store, arn: string) => unknown>> = {
  loadbalancer: (store, arn) => store.loadBalancer(arn),
  targetgroup: (store, arn) => store.targetGroup(arn),
  listener: (store, arn) => store.listener(arn),
  "listener-rule": (store, arn) => store.rule(arn),
};

function check(store: Store, arn: string): void {
  const kind = arn.split(":")[5]?.split("/", 1)[0] ?? "";
  (EXISTS[kind] ?? EXISTS.loadbalancer)?.(store, arn);
}

export function tagOperations(deps: ElbDeps): Record<string, Operation> {
  const { store } = deps;
  return {
    AddTags: operation(addInput, {
      permissions: ({ ResourceArns }) => ResourceArns.map((arn) => onExisting(deps, "AddTags", arn)),
      run: ({ ResourceArns, Tags }) => {
        for (const arn of ResourceArns) check(store, arn);
        for (const arn of ResourceArns) store.addTags(arn, Tags);
        return {};
      },
    }),
    DescribeTags: operation(describeInput, {
      permissions: describing("DescribeTags"),
      run: ({ ResourceArns }) => {
        for (const arn of ResourceArns) check(store, arn);
        const TagDescriptions = ResourceArns.map((ResourceArn) => ({
          ResourceArn,
          Tags: Object.entries(store.tags(ResourceArn)).map(([Key, Value]) => ({ Key, Value })),
        }));
        return { TagDescriptions };
      },
    }),
  };
}
