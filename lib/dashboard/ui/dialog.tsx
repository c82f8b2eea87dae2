import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { type ReactNode, useRef } from "react";
import { IconButton } from "./button.tsx";

export interface DialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: string;
  /** What it is about, in a sentence. */
  readonly description?: ReactNode;
  readonly children: ReactNode;
}

/** A window over the page that takes the keyboard and gives it back. */
export function Dialog({ open, onOpenChange, title, description, children }: DialogProps) {
  const before = useRef<Element | null>(null);
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/50" />
        <Radix.Content
          {...(description === undefined ? { "aria-describedby": undefined } : {})}
          // Radix gives the keyboard back to a trigger of its own only.
          onOpenAutoFocus={() => {
            before.current = document.activeElement;
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (before.current instanceof HTMLElement) before.current.focus();
          }}
          className="fixed top-[10vh] left-1/2 z-40 max-h-[80vh] w-[calc(100vw-2rem)] max-w-md -translate-x-1/2 overflow-y-auto rounded-box border bg-ground p-5 shadow-xl"
        >
          <div className="mb-4 min-w-0 pr-10">
            <Radix.Title className="text-base font-semibold">{title}</Radix.Title>
            {description !== undefined && (
              <Radix.Description className="mt-1 wrap-anywhere text-muted">{description}</Radix.Description>
            )}
          </div>
          {children}
          {/* Last, so that the keyboard begins with what the window is about. */}
          <Radix.Close asChild>
            <IconButton label="Close" className="absolute top-4 right-4 size-8">
              <X size={16} aria-hidden />
            </IconButton>
          </Radix.Close>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
