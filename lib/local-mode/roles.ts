import { readFileSync } from "node:fs";
import type { ResourceProvider } from "@slipway/local-aws/kernel/part";
import { StartRefused } from "@slipway/local-aws/kernel/refusal";
import { provision } from "@slipway/local-aws/template/provision";
import { type CollectionTag, parse, type ScalarTag, YAMLMap, YAMLSeq } from "yaml";

type Place = Parameters<typeof provision>[0]["pseudo"];

/** CloudFormation's short forms of its functions: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html */
const functions = ["GetAtt", "Join", "Select", "Split", "Sub"] as const;
const nameOf = (short: string): string => (short === "Ref" ? short : `Fn::${short}`);
const tags: (ScalarTag | CollectionTag)[] = [
  ...["Ref", ...functions].map(
    (short): ScalarTag => ({ tag: `!${short}`, resolve: (value) => ({ [nameOf(short)]: value }) }),
  ),
  ...functions.map(
    (short): CollectionTag => ({
      tag: `!${short}`,
      collection: "seq",
      nodeClass: YAMLSeq,
      resolve: (value) => {
        const map = new YAMLMap();
        map.set(nameOf(short), value);
        return map;
      },
    }),
  ),
];

/**
 * Makes the IAM roles of a CloudFormation template, JSON or YAML, as an operator makes them in an account of AWS. Throws
 * `StartRefused` for a file that cannot be read, and for a template with anything but roles and policies.
 */
export async function makeRoles(file: string, providers: readonly ResourceProvider[], pseudo: Place): Promise<void> {
  try {
    const template: unknown = parse(readFileSync(file, "utf8"), { customTags: tags });
    const place = { ...pseudo, stackName: `${pseudo.stackName}-roles` };
    await provision({
      template,
      parameters: {},
      providers,
      ignoredTypes: {},
      pseudo: place,
      rewrite: (value) => value,
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StartRefused(
      `The roles in ${file} cannot be made: ${why}. It has to be a CloudFormation template of IAM roles and policies, as slipway roles template prints one.`,
      { cause },
    );
  }
}
