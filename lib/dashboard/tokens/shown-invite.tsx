import type { Invite } from "@slipway/monitor/client";
import { useEffect, useRef } from "react";
import { Button } from "../ui/button.tsx";
import { Copyable } from "../ui/copyable.tsx";

const time = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** The link of an invitation that was just made: the only time that it is shown. */
export function ShownInvite({ invite, onDone }: { invite: Invite; onDone: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  // The dialog that had the focus is gone.
  useEffect(() => heading.current?.focus(), []);
  return (
    <section
      aria-labelledby="new-invite"
      className="grid gap-3 rounded-box border border-success/40 bg-success-soft p-4"
    >
      <h2 id="new-invite" className="font-semibold" tabIndex={-1} ref={heading}>
        Invitation for {invite.name}
      </h2>
      <p>
        Send this link to {invite.name} only. It works once, until {time.format(new Date(invite.url_expires_at))}, and
        is not shown again. To withdraw it, revoke the token below.
      </p>
      <Copyable text={invite.url} what="the link" />
      <Button className="justify-self-start" onClick={onDone}>
        Done
      </Button>
    </section>
  );
}
