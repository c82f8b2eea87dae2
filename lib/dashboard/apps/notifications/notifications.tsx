import type { App, Endpoint, EndpointTest } from "@slipway/monitor/client";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useChangeNotifications, useTestNotifications } from "../../api/mutations.ts";
import { useMay } from "../../session/session.tsx";
import { Button } from "../../ui/button.tsx";
import { useToast, useToastOutcome } from "../../ui/toasts.tsx";
import { EndpointDialog } from "./endpoint-dialog.tsx";
import { type EndpointInput, kept } from "./endpoint-draft.ts";
import { EndpointRow } from "./endpoint-row.tsx";
import { titleOf } from "./endpoint-words.ts";

/** Where notifications of this app's deployments go. Each change is stored at once. */
export function Notifications({ app }: { app: App }) {
  const [edited, setEdited] = useState<Endpoint | "new" | null>(null);
  const [tested, setTested] = useState<readonly EndpointTest[]>([]);
  const change = useChangeNotifications(app.id);
  const showToast = useToast();
  const isAdmin = useMay("admin");
  const save = async (input: EndpointInput) => {
    await change.mutateAsync((stored) =>
      input.id === undefined
        ? [...stored.map(kept), input]
        : stored.map((one) => (one.id === input.id ? input : kept(one))),
    );
    setTested([]);
    showToast(`Notifications of ${app.name} saved.`);
  };
  const remove = async (endpoint: Endpoint) => {
    await change.mutateAsync((stored) => stored.filter(({ id }) => id !== endpoint.id).map(kept));
    showToast(`${titleOf(endpoint)} is removed.`);
  };
  return (
    <div className="grid min-w-0 gap-4">
      {app.notifications.length === 0 ? (
        <p className="text-muted">No notifications yet.</p>
      ) : (
        <ul className="divide-y rounded-box border">
          {app.notifications.map((endpoint) => (
            <EndpointRow
              key={endpoint.id}
              endpoint={endpoint}
              tested={tested.find(({ id }) => id === endpoint.id)}
              mayChange={isAdmin}
              onChange={() => setEdited(endpoint)}
              onRemove={() => remove(endpoint)}
            />
          ))}
        </ul>
      )}
      <div className="flex flex-wrap gap-2">
        {isAdmin && (
          <Button onClick={() => setEdited("new")}>
            <Plus size={14} aria-hidden />
            Add an endpoint
          </Button>
        )}
        {app.notifications.length > 0 && <TestButton app={app} onTested={setTested} />}
      </div>
      {edited !== null && (
        <EndpointDialog endpoint={edited === "new" ? null : edited} onClose={() => setEdited(null)} onSave={save} />
      )}
    </div>
  );
}

function TestButton({ app, onTested }: { app: App; onTested: (tested: readonly EndpointTest[]) => void }) {
  const test = useTestNotifications();
  const withToast = useToastOutcome();
  if (!useMay("deployer")) return null;
  const run = () =>
    withToast(async () => {
      const tested = await test.mutateAsync(app.id);
      onTested(tested);
      const arrived = tested.filter(({ ok }) => ok).length;
      return arrived === tested.length ? "All tests sent." : `${arrived} of ${tested.length} tests arrived.`;
    });
  return (
    <Button onClick={() => void run()} disabled={test.isPending}>
      {test.isPending ? "Sending…" : "Send a test"}
    </Button>
  );
}
