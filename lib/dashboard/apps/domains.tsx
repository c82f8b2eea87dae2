import type { App } from "@slipway/monitor/client";
import { useRetryDomain } from "../api/mutations.ts";
import { useMay } from "../session/session.tsx";
import { Button } from "../ui/button.tsx";
import { Copyable } from "../ui/copyable.tsx";
import { useToastOutcome } from "../ui/toasts.tsx";
import { Section } from "./form/controls.tsx";

type Domain = App["domains"][number];

const states: Readonly<Record<Domain["state"], string>> = {
  pending_validation: "Waiting for its DNS records",
  issued: "Certificate issued",
  failed: "Failed",
};

/** The app's own domains, with the records that their owner has to make. Nothing where there are none. */
export function Domains({ app }: { app: App }) {
  if (app.domains.length === 0) return null;
  return (
    <Section
      title="DNS records"
      text="Create these at your DNS provider, and keep them: the certificate is renewed by them."
    >
      {app.domains.map((domain) => (
        <DomainRecords key={domain.name} app={app} domain={domain} />
      ))}
    </Section>
  );
}

function DomainRecords({ app, domain: { name, state, reason, records } }: { app: App; domain: Domain }) {
  return (
    <div className="grid grid-cols-1 gap-2">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="min-w-0 wrap-anywhere">
          <span className="font-medium">{name}</span>: {states[state]}
          {reason !== null && `. ${reason}`}
        </p>
        {state === "failed" && <Retry app={app} name={name} />}
      </div>
      {records.length === 0 && <p className="text-muted">Its records appear here in a moment.</p>}
      <dl className="grid grid-cols-1 gap-2">
        {records.map((record) => (
          <div
            key={`${record.type} ${record.name}`}
            className="grid grid-cols-1 gap-x-3 gap-y-2 sm:grid-cols-[4rem_1fr_1fr]"
          >
            <dt className="text-muted">{record.type}</dt>
            <dd className="min-w-0">
              <Copyable text={record.name} what="name" />
            </dd>
            <dd className="min-w-0">
              <Copyable text={record.value} what="value" />
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Retry({ app, name }: { app: App; name: string }) {
  const retry = useRetryDomain(app.id);
  const withToast = useToastOutcome();
  const mayRetry = useMay("deployer");
  const again = () =>
    withToast(async () => {
      await retry.mutateAsync(name);
      return `A new certificate for ${name} is requested.`;
    });
  if (!mayRetry) return null;
  return (
    <Button onClick={again} disabled={retry.isPending}>
      Try again
    </Button>
  );
}
