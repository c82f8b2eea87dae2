import { RequestError } from "@slipway/monitor/client";
import { X } from "lucide-react";
import { Toast } from "radix-ui";
import { createContext, type ReactNode, use, useCallback, useState } from "react";
import { Button, IconButton } from "./button.tsx";

interface ToastMessage {
  readonly id: number;
  readonly message: string;
  readonly tone: "done" | "failed";
  /** Does it again. */
  readonly repeat: (() => void) | undefined;
}

type ShowToast = (message: string, tone?: ToastMessage["tone"], repeat?: () => void) => void;

const Toasts = createContext<ShowToast>(() => {});

/** Says in passing what was done, or what could not be. */
export const useToast = (): ShowToast => use(Toasts);

/**
 * Does something and says how it went, also when the part of the page where it began is gone by then. What failed for now
 * can be done again from there.
 */
export function useToastOutcome(): (act: () => Promise<string>) => Promise<void> {
  const showToast = useToast();
  const outcomeOf = (act: () => Promise<string>): Promise<void> =>
    act().then(
      (done) => showToast(done),
      (error) => {
        const message = error instanceof Error ? error.message : String(error);
        showToast(message, "failed", mayWorkLater(error) ? () => void outcomeOf(act) : undefined);
      },
    );
  return outcomeOf;
}

/** A refusal stays one, however often it is asked. */
const mayWorkLater = (error: unknown): boolean =>
  !(error instanceof RequestError) || error.status >= 500 || error.status === 429;

let nextId = 1;

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly ToastMessage[]>([]);
  const showToast = useCallback<ShowToast>((message, tone = "done", repeat) => {
    setToasts((before) => [...before, { id: nextId++, message, tone, repeat }]);
  }, []);
  const forget = (id: number) => setToasts((before) => before.filter((one) => one.id !== id));
  return (
    <Toasts value={showToast}>
      <Toast.Provider duration={6_000} label="Message">
        {children}
        {toasts.map((one) => (
          <Toast.Root
            key={one.id}
            {...(one.repeat === undefined ? {} : { duration: 30_000 })}
            type={one.tone === "failed" ? "foreground" : "background"}
            onOpenChange={(open) => !open && forget(one.id)}
            className={`flex items-center gap-2 rounded-box border bg-ground py-2 pr-2 pl-4 shadow-lg ${one.tone === "failed" ? "border-danger text-danger" : ""}`}
          >
            <Toast.Title className="min-w-0 flex-1 wrap-anywhere">{one.message}</Toast.Title>
            {one.repeat !== undefined && (
              <Toast.Action asChild altText="Press the button again to try again">
                <Button onClick={one.repeat} className="text-text">
                  Try again
                </Button>
              </Toast.Action>
            )}
            <Toast.Close asChild>
              <IconButton label="Dismiss">
                <X size={16} aria-hidden />
              </IconButton>
            </Toast.Close>
          </Toast.Root>
        ))}
        <Toast.Viewport className="fixed right-0 bottom-0 z-50 flex w-96 max-w-full flex-col gap-2 p-4" />
      </Toast.Provider>
    </Toasts>
  );
}
