import { QueryClientProvider } from "@tanstack/react-query";
import { Tooltip } from "radix-ui";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createBrowserRouter } from "react-router";
import { RouterProvider } from "react-router/dom";
import "@slipway/monitor/react/styles.css";
import { SlipwayProvider } from "@slipway/monitor/react";
import { client } from "./api/client.ts";
import { createQueryClient } from "./api/query-client.ts";
import { routes } from "./routes.tsx";
import { ErrorBoundary } from "./shell/error-boundary.tsx";
import "./style.css";
import { ToastProvider } from "./ui/toasts.tsx";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element #root to render into.");

createRoot(root).render(
  <StrictMode>
    <ErrorBoundary>
      <QueryClientProvider client={createQueryClient()}>
        <SlipwayProvider client={client}>
          <Tooltip.Provider delayDuration={300}>
            <ToastProvider>
              <RouterProvider router={createBrowserRouter(routes)} />
            </ToastProvider>
          </Tooltip.Provider>
        </SlipwayProvider>
      </QueryClientProvider>
    </ErrorBoundary>
  </StrictMode>,
);
