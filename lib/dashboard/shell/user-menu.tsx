import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Check, CircleUser } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useNavigate } from "react-router";
import { client } from "../api/client.ts";
import { storedSession, storeSession } from "../api/stored-session.ts";
import { useMe } from "../session/session.tsx";
import { useToast } from "../ui/toasts.tsx";
import { themes, themeWords, useTheme } from "./theme.ts";

const itemClass =
  "flex cursor-pointer items-center justify-between gap-4 rounded-md px-2 py-1.5 outline-none data-highlighted:bg-raised";

type Me = ReturnType<typeof useMe>;

const isAdmin = ({ role }: Me): boolean => role === "admin";
const isAdminOfAll = (me: Me): boolean => isAdmin(me) && me.apps === null;

/** The pages that belong to no app, and who may open them. */
const pages: readonly { path: string; name: string; isFor: (me: Me) => boolean }[] = [
  { path: "/variables", name: "Variables of all apps", isFor: () => true },
  { path: "/settings/tokens", name: "Tokens and people", isFor: isAdminOfAll },
  { path: "/settings/github", name: "GitHub", isFor: isAdminOfAll },
  { path: "/settings/freeze", name: "Freeze deployments", isFor: isAdminOfAll },
  { path: "/audit", name: "Audit log", isFor: isAdmin },
];

/** Who one is, how it looks, and the way out. */
export function UserMenu({ onHelp }: { onHelp: () => void }) {
  const me = useMe();
  const navigate = useNavigate();
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger
        aria-label={`Account: ${me.name}`}
        className="flex size-8 items-center justify-center rounded-md text-muted hover:bg-raised hover:text-text"
      >
        <CircleUser size={18} aria-hidden />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-h-(--radix-dropdown-menu-content-available-height) w-56 overflow-y-auto rounded-box border bg-ground p-1 shadow-lg"
        >
          <div className="px-2 py-1.5">
            <p className="truncate font-medium">{me.name}</p>
            <p className="text-muted capitalize">{me.role}</p>
          </div>
          <DropdownMenu.Separator className="my-1 border-t" />
          <ThemeItems />
          <DropdownMenu.Separator className="my-1 border-t" />
          {pages
            .filter(({ isFor }) => isFor(me))
            .map(({ path, name }) => (
              <DropdownMenu.Item key={path} className={itemClass} onSelect={() => void navigate(path)}>
                {name}
              </DropdownMenu.Item>
            ))}
          <DropdownMenu.Item className={itemClass} asChild>
            <a href="/docs">Documentation</a>
          </DropdownMenu.Item>
          <DropdownMenu.Item className={itemClass} onSelect={onHelp}>
            Keyboard shortcuts
          </DropdownMenu.Item>
          {(me.csrf !== null || storedSession() !== "") && <SignOutItem />}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function ThemeItems() {
  const [theme, choose] = useTheme();
  return (
    <DropdownMenu.RadioGroup value={theme} aria-label="Theme">
      {themes.map((one) => (
        <DropdownMenu.RadioItem key={one} value={one} className={itemClass} onSelect={() => choose(one)}>
          {themeWords[one]}
          <DropdownMenu.ItemIndicator>
            <Check size={14} aria-hidden />
          </DropdownMenu.ItemIndicator>
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}

function SignOutItem() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const showToast = useToast();
  const logout = useMutation({
    mutationFn: () => client.logout(),
    onSuccess: async () => {
      storeSession(null);
      await navigate("/login");
      queries.clear();
    },
    onError: (error) => showToast(error.message, "failed"),
  });
  return (
    <DropdownMenu.Item className={itemClass} onSelect={() => logout.mutate()}>
      Sign out
    </DropdownMenu.Item>
  );
}
