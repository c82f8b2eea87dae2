import { X } from "lucide-react";
import { Toast } from "radix-ui";
import { createContext, type ReactNode, use, useCallback, useState } from "react";
import { IconButton } from "./button.tsx";

interface ToastMessage {
  readonly id: number;
  readonly message: string;
  readonly tone: "done" | "failed";
}

type ShowToast = (message: string, tone?: ToastMessage["tone"]) => void;

const Toasts = createContext<ShowToast>(() => {});

/** Says in passing what was done, or what could not be. */
export const useToast = (): ShowToast => use(Toasts);

/** Does something and says how it went, also when the part of the page where it began is gone by then. */
export function useToastOutcome(): (act: () => Promise<string>) => Promise<void> {
  const showToast = useToast();
  return (act) =>
    act().then(
      (done) => showToast(done),
      (error) => showToast(error instanceof Error ? error.message : String(error), "failed"),
    );
}

let nextId = 1;

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly ToastMessage[]>([]);
  const showToast = useCallback<ShowToast>((message, tone = "done") => {
    setToasts((before) => [...before, { id: nextId++, message, tone }]);
  }, []);
  const forget = (id: number) => setToasts((before) => before.filter((one) => one.id !== id));
  return (
    <Toasts value={showToast}>
      <Toast.Provider duration={6_000} label="Message">
        {children}
        {toasts.map((one) => (
          <Toast.Root
            key={one.id}
            type={one.tone === "failed" ? "foreground" : "background"}
            onOpenChange={(open) => !open && forget(one.id)}
            className={`flex items-center gap-2 rounded-box border bg-ground py-2 pr-2 pl-4 shadow-lg ${one.tone === "failed" ? "border-danger text-danger" : ""}`}
          >
            <Toast.Title className="min-w-0 flex-1 wrap-anywhere">{one.message}</Toast.Title>
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
