import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { fromIni, fromNodeProviderChain } from "@aws-sdk/credential-providers";
import { loadSharedConfigFiles } from "@smithy/shared-ini-file-loader";
import { Refused } from "./refused.ts";

type AwsCredentialIdentityProvider = ReturnType<typeof fromIni>;
type AwsCredentialIdentity = Awaited<ReturnType<AwsCredentialIdentityProvider>>;
type Environment = Readonly<Record<string, string | undefined>>;

/** What an AWS client needs to talk to the operator's account and region. */
export interface AwsAccess {
  readonly region: string;
  readonly credentials: AwsCredentialIdentityProvider;
}

/** The account and region that a command works on. */
export interface Target extends AwsAccess {
  readonly account: string;
  /** The ARN of who is calling. */
  readonly caller: string;
  /** `--profile`, where it was given. */
  readonly profile: string | null;
}

export interface TargetWish {
  readonly profile: string | null;
  readonly region: string | null;
}

/**
 * The account and region that `cdk` uses with the same flags and environment, and who is calling. Throws `Refused` where they
 * cannot be known: CDK would go on in us-east-1 without a region, which nobody asked for.
 */
export async function targetOf(wish: TargetWish, env: Environment): Promise<Target> {
  const region = wish.region ?? (await regionOf(wish.profile, env));
  if (region === null) {
    throw new Refused("No AWS region is set. Pass --region, set AWS_REGION, or set the region of your AWS profile.");
  }
  const credentials = credentialsOf(wish.profile, region, env);
  const sts = new STSClient({ region, credentials });
  try {
    const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}));
    if (Account === undefined || Arn === undefined)
      throw new Refused("AWS did not name the account of these credentials.");
    return { account: Account, caller: Arn, region, credentials, profile: wish.profile };
  } catch (error) {
    throw unusable(error, region);
  } finally {
    sts.destroy();
  }
}

/** The order of aws-cdk's `AwsCliCompatible.region`, without its last resort. */
async function regionOf(flag: string | null, env: Environment): Promise<string | null> {
  const named = env.AWS_REGION || env.AMAZON_REGION || env.AWS_DEFAULT_REGION || env.AMAZON_DEFAULT_REGION;
  if (named) return named;
  const profile = flag ?? (env.AWS_PROFILE || env.AWS_DEFAULT_PROFILE || "default");
  const { credentialsFile, configFile } = await loadSharedConfigFiles({ ignoreCache: true });
  const places = [profile, "default"].flatMap((name) => [credentialsFile[name], configFile[name]]);
  return places.map((place) => place?.region).find((region) => region !== undefined) ?? null;
}

/** The order of aws-cdk's `AwsCliCompatible.credentialChainBuilder`: a flag, then keys in the environment, then a profile. */
function credentialsOf(flag: string | null, region: string, env: Environment): AwsCredentialIdentityProvider {
  const parentClientConfig = { region };
  if (flag !== null) return fromIni({ profile: flag, ignoreCache: true, parentClientConfig });
  const keys = keysOf(env);
  if (keys !== null) return async () => keys;
  const profile = env.AWS_PROFILE || env.AWS_DEFAULT_PROFILE;
  return fromNodeProviderChain({ ...(profile ? { profile } : {}), ignoreCache: true, parentClientConfig });
}

function keysOf(env: Environment): AwsCredentialIdentity | null {
  const accessKeyId = env.AWS_ACCESS_KEY_ID || env.AMAZON_ACCESS_KEY_ID;
  const secretAccessKey = env.AWS_SECRET_ACCESS_KEY || env.AMAZON_SECRET_ACCESS_KEY;
  const sessionToken = env.AWS_SESSION_TOKEN || env.AMAZON_SESSION_TOKEN;
  if (!accessKeyId || !secretAccessKey) return null;
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

const advice: Readonly<Record<string, string>> = {
  CredentialsProviderError:
    "No usable AWS credentials were found. Pass --profile, set AWS_PROFILE, or run aws configure or aws sso login.",
  ExpiredToken: "The AWS credentials have expired. Renew them, for example with aws sso login.",
  ExpiredTokenException: "The AWS credentials have expired. Renew them, for example with aws sso login.",
  InvalidClientTokenId:
    "AWS does not know these credentials. Check the access key or the profile, and that the region is enabled in the account.",
  SignatureDoesNotMatch:
    "AWS does not accept these credentials. Check the secret access key, and this machine's clock.",
};

function unusable(error: unknown, region: string): Refused {
  if (error instanceof Refused) return error;
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return new Refused(`${advice[name] ?? `AWS STS in ${region} did not answer.`}\n${name}: ${message}`, {
    cause: error,
  });
}
