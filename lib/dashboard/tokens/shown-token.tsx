import { useEffect, useRef } from "react";
import { Button } from "../ui/button.tsx";
import { Copyable } from "../ui/copyable.tsx";
import { snippetsOf } from "./token-draft.ts";

interface ShownTokenProps {
  readonly name: string;
  readonly token: string;
  /** The name of an app that it may deploy, where one is known. */
  readonly app?: string | undefined;
  readonly onDone: () => void;
}

/** A token that was just made: the only time that it is shown. */
export function ShownToken({ name, token, app = "my-app", onDone }: ShownTokenProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  // The dialog that had the focus is gone.
  useEffect(() => heading.current?.focus(), []);
  const { terminal, pipeline } = snippetsOf(location.origin, app);
  return (
    <section
      aria-labelledby="new-token"
      className="grid gap-3 rounded-box border border-success/40 bg-success-soft p-4"
    >
      <h2 id="new-token" className="font-semibold" tabIndex={-1} ref={heading}>
        Token for {name}
      </h2>
      <p>Copy it now. It is not shown again.</p>
      <Copyable text={token} what="the token" />
      <Snippet title="From a terminal, paste the token when asked:" text={terminal} what="the command" />
      <Snippet
        title="In GitHub Actions, with the token as the secret SLIPWAY_TOKEN and examples/github-action of Slipway in .github/actions/slipway:"
        text={pipeline}
        what="the workflow step"
      />
      <Button className="justify-self-start" onClick={onDone}>
        Done
      </Button>
    </section>
  );
}

function Snippet({ title, text, what }: { title: string; text: string; what: string }) {
  return (
    <div className="grid gap-1">
      <p>{title}</p>
      <div className="flex min-w-0 items-start gap-2 rounded-md border bg-ground p-2">
        <pre className="min-w-0 flex-1 font-mono text-[0.8125rem] whitespace-pre-wrap wrap-anywhere">{text}</pre>
        <Copyable text={text} shown="" what={what} />
      </div>
    </div>
  );
}
