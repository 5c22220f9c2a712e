import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { render } from "@testing-library/react";
import type { ReactElement } from "react";
import type { Http } from "@/api/http";
import { ChatContext, HttpContext } from "@/app/chat";
import type { ChatClient } from "@/realtime/client";

/** Draws a view as the page at `path`, with everything around it that a page has. */
export function renderAsPage(
  element: ReactElement,
  { client, http, path }: { client: ChatClient; http: Http; path: string },
) {
  const root = createRootRoute();
  const page = createRoute({ getParentRoute: () => root, path: "$", component: () => element });
  const router = createRouter({
    routeTree: root.addChildren([page]),
    history: createMemoryHistory({ initialEntries: [path] }),
  });
  return render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <MantineProvider env="test">
        <HttpContext value={http}>
          <ChatContext value={client}>
            <RouterProvider router={router as never} />
          </ChatContext>
        </HttpContext>
      </MantineProvider>
    </QueryClientProvider>,
  );
}
