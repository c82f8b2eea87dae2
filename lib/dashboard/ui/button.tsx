import { Tooltip } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";

type Look = "primary" | "plain" | "danger" | "quiet";

const looks: Readonly<Record<Look, string>> = {
  primary: "border-transparent bg-accent text-on-accent hover:bg-accent/90",
  plain: "border-line bg-ground hover:bg-raised",
  danger: "border-transparent bg-danger text-on-accent hover:bg-danger/90",
  quiet: "border-transparent text-muted hover:bg-raised hover:text-text",
};

/** How a button looks, for links that lead to an action. */
export const buttonClass = (look: Look = "plain"): string =>
  `inline-flex h-8 shrink-0 items-center justify-center gap-1.5 rounded-md border px-3 text-sm font-medium whitespace-nowrap transition-colors disabled:cursor-not-allowed disabled:opacity-50 ${looks[look]}`;

export function Button({
  look,
  className = "",
  type = "button",
  ...props
}: ComponentProps<"button"> & { look?: Look | undefined }) {
  return <button type={type} className={`${buttonClass(look)} ${className}`} {...props} />;
}

/** A button that shows only an icon. Its name is no tooltip that would take the Escape key from the dialog it lies in. */
export function IconButton({ label, className = "size-8", ...props }: ComponentProps<"button"> & { label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={`inline-flex shrink-0 items-center justify-center rounded-md text-muted transition-colors hover:bg-raised hover:text-text disabled:opacity-50 ${className}`}
      {...props}
    />
  );
}

/** A few words beside what they explain, on hover and on focus. */
export function Hint({ text, children }: { text: ReactNode; children: ReactNode }) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-w-72 rounded-md bg-text px-2 py-1 text-xs text-ground shadow-lg"
        >
          {text}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
