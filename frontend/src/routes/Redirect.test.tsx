import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  RouterProvider,
  useLocation,
} from "@tanstack/react-router";
import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { Redirect } from "./Redirect";

function ToSignIn() {
  const { href } = useLocation();
  return <Redirect to="/sign-in" search={{ return_to: href }} />;
}

it("goes once, also while the code of the other page is loading", async () => {
  let arrive: (page: { SignIn: () => React.ReactNode }) => void = () => undefined;
  const code = new Promise<{ SignIn: () => React.ReactNode }>((resolve) => {
    arrive = resolve;
  });
  const root = createRootRoute();
  const router = createRouter({
    routeTree: root.addChildren([
      createRoute({ getParentRoute: () => root, path: "/chats/7", component: ToSignIn }),
      createRoute({
        getParentRoute: () => root,
        path: "/sign-in",
        component: lazyRouteComponent(() => code, "SignIn"),
      }),
    ]),
    history: createMemoryHistory({ initialEntries: ["/chats/7"] }),
  });
  const left: string[] = [];
  router.subscribe("onBeforeNavigate", ({ toLocation }) => left.push(toLocation.href));

  render(<RouterProvider router={router as never} />);
  await expect.poll(() => router.state.location.pathname).toBe("/sign-in");
  arrive({ SignIn: () => <h1>Sign in</h1> });

  await screen.findByText("Sign in");
  expect(router.state.location.search).toEqual({ return_to: "/chats/7" });
  expect(left.filter((href) => href.startsWith("/sign-in"))).toHaveLength(1);
});
