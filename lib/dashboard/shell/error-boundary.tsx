import { Component, type ErrorInfo, type ReactNode } from "react";
import { Button } from "../ui/button.tsx";

interface Props {
  readonly children: ReactNode;
}

/** Catches what a page throws while it renders, and says what to do. */
export class ErrorBoundary extends Component<Props, { readonly error: Error | null }> {
  override state = { error: null };

  static getDerivedStateFromError(thrown: unknown) {
    return { error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
  }

  override componentDidCatch(error: Error, info: ErrorInfo) {
    console.error(error, info.componentStack);
  }

  override render() {
    const { error } = this.state;
    return error === null ? this.props.children : <Broken error={error} />;
  }
}

function Broken({ error }: { error: Error }) {
  return (
    <div role="alert" className="mx-auto grid max-w-xl justify-items-start gap-4 px-4 py-16">
      <h1 className="text-lg font-semibold">Can't show this page</h1>
      <p>
        Reload the page: the dashboard may have been updated since you opened it. Deployments are not affected. If it
        happens again, report the message below.
      </p>
      <pre className="w-full overflow-x-auto rounded-box border bg-surface p-3 font-mono text-xs whitespace-pre-wrap">
        {error.message}
      </pre>
      <div className="flex gap-2">
        <Button look="primary" onClick={() => location.reload()}>
          Reload
        </Button>
        <Button onClick={() => location.assign("/")}>Go to the apps</Button>
      </div>
    </div>
  );
}
