import type { App } from "@slipway/monitor/client";
import type { ComponentType } from "react";
import { Badge } from "../badge.tsx";
import { Domains } from "../domains.tsx";
import type { SectionName } from "../form/sections.ts";
import { Notifications } from "../notifications/notifications.tsx";
import { WebhookSetup } from "../webhook/webhook-setup.tsx";
import { DeleteApp } from "./delete-app.tsx";

/** What a section has below its form, saved by itself and at once. */
export const otherParts: Readonly<Partial<Record<SectionName, ComponentType<{ readonly app: App }>>>> = {
  general: Badge,
  domains: Domains,
  pushes: WebhookSetup,
  notifications: Notifications,
  danger: DeleteApp,
};
