import type { Endpoint, EndpointTest } from "@slipway/monitor/client";
import { Button } from "../../ui/button.tsx";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { Ago } from "../../ui/time.tsx";
import { eventLabel, titleOf } from "./endpoint-words.ts";

export interface EndpointRowProps {
  readonly endpoint: Endpoint;
  /** What it answered when somebody just tried it out. */
  readonly tested: EndpointTest | undefined;
  readonly mayChange: boolean;
  readonly onChange: () => void;
  readonly onRemove: () => Promise<unknown>;
}

/** One endpoint: which it is, whether it works, and what can be done with it. */
export function EndpointRow({ endpoint, tested, mayChange, onChange, onRemove }: EndpointRowProps) {
  const title = titleOf(endpoint);
  return (
    <li className="grid min-w-0 gap-2 p-3">
      <div className="flex flex-wrap items-start justify-between gap-2">
        <div className="min-w-0 flex-1 basis-48">
          <p className="font-medium wrap-anywhere">{title}</p>
          <p className="text-muted">{endpoint.events.map(eventLabel).join(", ")}</p>
        </div>
        {mayChange && (
          <div className="flex gap-2">
            <Button onClick={onChange} aria-label={`Change ${title}`}>
              Change
            </Button>
            <ConfirmDialog
              trigger={(open) => (
                <Button onClick={open} aria-label={`Remove ${title}`}>
                  Remove
                </Button>
              )}
              title={`Remove ${title}?`}
              description="It gets no more notifications, and its URL is deleted."
              action="Remove"
              look="danger"
              onConfirm={onRemove}
            />
          </div>
        )}
      </div>
      <Health endpoint={endpoint} />
      {tested !== undefined && (
        <p className={tested.ok ? "text-success" : "text-danger"}>
          {`${tested.ok ? "Test sent." : "The test failed."} ${tested.answer}`}
        </p>
      )}
    </li>
  );
}

function Health({ endpoint: { failing_since, last_error, last_sent_at } }: { endpoint: Endpoint }) {
  if (failing_since !== null)
    return (
      <p className="text-danger">
        Failing since <Ago at={failing_since} />: {last_error}
      </p>
    );
  return (
    <p className="text-muted">
      {last_sent_at === null ? (
        "Nothing sent yet."
      ) : (
        <>
          Last sent <Ago at={last_sent_at} />.
        </>
      )}
    </p>
  );
}
