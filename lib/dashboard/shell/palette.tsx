import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import { Dialog } from "radix-ui";
import { type ReactNode, useState } from "react";
import { useNavigate } from "react-router";
import { appsQuery, deploymentsQuery } from "../api/queries.ts";
import { useDeployAndWatch } from "../deployments/use-deploy-and-watch.ts";
import { useMay } from "../session/session.tsx";
import { chooseTheme, themes, themeWords } from "./theme.ts";

interface PaletteProps {
  readonly onClose: () => void;
  readonly onHelp: () => void;
}

/** Everything frequent, a few keystrokes away. */
export default function Palette({ onClose, onHelp }: PaletteProps) {
  const [search, setSearch] = useState("");
  const then = (run: () => unknown) => () => {
    onClose();
    void run();
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-black/50" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed top-[12vh] left-1/2 z-40 w-[calc(100vw-2rem)] max-w-xl -translate-x-1/2 overflow-hidden rounded-box border bg-ground shadow-xl"
        >
          <Dialog.Title className="sr-only">Command palette</Dialog.Title>
          <Command loop label="Command palette">
            <Command.Input
              value={search}
              onValueChange={setSearch}
              placeholder="Search apps, deploy, or enter a deployment number"
              className="h-12 w-full border-b bg-transparent px-4 text-base outline-none"
            />
            <Command.List label="Commands" className="max-h-[50vh] overflow-y-auto p-2">
              <Command.Empty className="px-2 py-6 text-center text-muted">No results.</Command.Empty>
              <Places search={search} then={then} />
              <Apps then={then} />
              <Deployments then={then} />
              <Settings then={then} onHelp={onHelp} />
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface GroupProps {
  /** Closes the palette, then runs. */
  readonly then: (run: () => unknown) => () => void;
}

function Places({ search, then }: GroupProps & { search: string }) {
  const navigate = useNavigate();
  const isAdmin = useMay("admin");
  const number = /^#?([1-9]\d{0,14})$/.exec(search.trim())?.[1];
  return (
    <Group heading="Go to">
      {number !== undefined && (
        <Item value={search} onSelect={then(() => navigate(`/deployments/${number}`))}>
          Deployment #{number}
        </Item>
      )}
      <Item onSelect={then(() => navigate("/"))}>Apps</Item>
      <Item onSelect={then(() => navigate("/deployments"))}>Deployments</Item>
      <Item onSelect={then(() => navigate("/metrics"))}>Metrics</Item>
      <Item onSelect={then(() => navigate("/variables"))}>Variables of all apps</Item>
      {isAdmin && <Item onSelect={then(() => navigate("/apps/new"))}>Create an app</Item>}
      {isAdmin && <Item onSelect={then(() => navigate("/settings/tokens"))}>Tokens and people</Item>}
      {isAdmin && <Item onSelect={then(() => navigate("/settings/freeze"))}>Freeze deployments</Item>}
      {isAdmin && <Item onSelect={then(() => navigate("/audit"))}>Audit log</Item>}
    </Group>
  );
}

function Apps({ then }: GroupProps) {
  const navigate = useNavigate();
  const apps = useQuery(appsQuery).data ?? [];
  const deploy = useDeployAndWatch();
  const mayDeploy = useMay("deployer");
  if (apps.length === 0) return null;
  return (
    <Group heading="Apps">
      {apps.map(({ id, name }) => (
        <Item key={id} value={`Go to ${name}`} onSelect={then(() => navigate(`/apps/${id}`))}>
          Go to {name}
        </Item>
      ))}
      {mayDeploy &&
        apps.map((app) => (
          <Item key={app.id} value={`Deploy ${app.name}`} onSelect={then(() => deploy.start(app))}>
            Deploy {app.name}
          </Item>
        ))}
    </Group>
  );
}

function Deployments({ then }: GroupProps) {
  const navigate = useNavigate();
  const apps = useQuery(appsQuery).data ?? [];
  const recent = useInfiniteQuery(deploymentsQuery()).data?.pages[0]?.items.slice(0, 10) ?? [];
  if (recent.length === 0) return null;
  return (
    <Group heading="Recent deployments">
      {recent.map(({ id, app_id, commit_message }) => {
        const name = apps.find((app) => app.id === app_id)?.name ?? `app ${app_id}`;
        return (
          <Item
            key={id}
            value={`#${id} ${name} ${commit_message}`}
            onSelect={then(() => navigate(`/deployments/${id}`))}
          >
            <span className="truncate">
              #{id} {name} <bdi className="text-muted">{commit_message}</bdi>
            </span>
          </Item>
        );
      })}
    </Group>
  );
}

function Settings({ then, onHelp }: GroupProps & { onHelp: () => void }) {
  return (
    <Group heading="Settings">
      {themes.map((theme) => (
        <Item key={theme} onSelect={then(() => chooseTheme(theme))}>
          {themeWords[theme]}
        </Item>
      ))}
      <Item onSelect={then(() => location.assign("/docs"))}>Documentation</Item>
      <Item onSelect={then(onHelp)}>Keyboard shortcuts</Item>
    </Group>
  );
}

function Group({ heading, children }: { heading: string; children: ReactNode }) {
  return (
    <Command.Group
      heading={heading}
      className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted"
    >
      {children}
    </Command.Group>
  );
}

function Item(props: { value?: string; onSelect: () => void; children: ReactNode }) {
  return (
    <Command.Item
      {...props}
      className="flex min-h-9 cursor-pointer items-center rounded-md px-2 data-[selected=true]:bg-raised"
    />
  );
}
