import {
  type ACMClient,
  type CertificateDetail,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  ListTagsForCertificateCommand,
  paginateListCertificates,
  RequestCertificateCommand,
  ResourceInUseException,
  ResourceNotFoundException,
} from "@aws-sdk/client-acm";
import type { CertificateSeen } from "../../core/domains/domains.ts";
import type { Certificates } from "../../core/ports/domains.ts";
import type { Finder, Made } from "../../core/ports/infrastructure.ts";
import { ownerTags, tagList } from "../ecs/options.ts";

interface CertificatesOptions {
  /** The name of the installation, for tags. */
  readonly installation: string;
}

/** Certificates of ACM, validated by DNS. */
export function awsCertificates(client: ACMClient, options: CertificatesOptions): Certificates {
  return {
    request: async (appId, DomainName, IdempotencyToken) => {
      const { CertificateArn } = await client.send(
        new RequestCertificateCommand({
          DomainName,
          ValidationMethod: "DNS",
          IdempotencyToken,
          Tags: tagList(ownerTags(options, appId)),
        }),
      );
      if (CertificateArn === undefined) throw new Error("ACM made a certificate without an ARN.");
      return CertificateArn;
    },

    see: async (CertificateArn) => {
      try {
        const { Certificate = {} } = await client.send(new DescribeCertificateCommand({ CertificateArn }));
        return seenOf(Certificate);
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return { state: "gone", reason: null, proof: [] };
        throw error;
      }
    },

    remove: async (CertificateArn) => {
      try {
        await client.send(new DeleteCertificateCommand({ CertificateArn }));
        return true;
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return true;
        if (error instanceof ResourceInUseException) return false;
        throw error;
      }
    },
  };
}

function seenOf({ Status, FailureReason, DomainValidationOptions = [] }: CertificateDetail): CertificateSeen {
  const proof = DomainValidationOptions.flatMap(({ ResourceRecord }) =>
    ResourceRecord === undefined
      ? []
      : [{ type: ResourceRecord.Type ?? "CNAME", name: ResourceRecord.Name ?? "", value: ResourceRecord.Value ?? "" }],
  );
  if (Status === "PENDING_VALIDATION") return { state: "pending", reason: null, proof };
  if (Status === "ISSUED") return { state: "issued", reason: null, proof };
  // Anything else is an end: FAILED, VALIDATION_TIMED_OUT, EXPIRED, REVOKED, INACTIVE.
  const reason = Status === "VALIDATION_TIMED_OUT" ? null : (FailureReason ?? Status ?? null);
  return { state: "failed", reason, proof };
}

/** Certificates that were made for apps, by their tags. */
export function certificateFinder(client: ACMClient, { installation }: CertificatesOptions): Finder {
  const tagsOf = async (CertificateArn: string): Promise<ReadonlyMap<string | undefined, string | undefined>> => {
    try {
      const { Tags = [] } = await client.send(new ListTagsForCertificateCommand({ CertificateArn }));
      return new Map(Tags.map(({ Key, Value }) => [Key, Value]));
    } catch (error) {
      // It went while it was listed.
      if (error instanceof ResourceNotFoundException) return new Map();
      throw error;
    }
  };
  return {
    kind: "certificate",
    find: async () => {
      const made: Made[] = [];
      for await (const { CertificateSummaryList = [] } of paginateListCertificates({ client }, {})) {
        for (const { CertificateArn = "" } of CertificateSummaryList) {
          const tags = await tagsOf(CertificateArn);
          const owner = tags.get("slipway:app");
          if (tags.get("slipway:installation") !== installation || owner === undefined) continue;
          const app = Number(owner);
          made.push({ name: CertificateArn, app_id: Number.isInteger(app) ? app : null, made_at: null });
        }
      }
      return made;
    },
  };
}
