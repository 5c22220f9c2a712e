import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiError } from "@/api/problem";
import { theme } from "@/ui/theme";
import { effectiveTheme, useLook } from "./look";
import { useMedia } from "@/ui/media";

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // What was refused is refused again; only what failed on the way is worth another try.
      retry: (count, error) => count < 2 && error instanceof ApiError && error.retryable,
    },
  },
});

/** Libraries that need a context. */
export function Providers({ children }: { children: ReactNode }) {
  const choice = useLook((s) => s.theme);
  const dark = useMedia("(prefers-color-scheme: dark)");
  return (
    <QueryClientProvider client={queries}>
      <MantineProvider
        theme={theme}
        forceColorScheme={effectiveTheme(choice, dark)}
        withCssVariables={false}
        withStaticClasses={false}
        withGlobalClasses={false}
      >
        {children}
      </MantineProvider>
    </QueryClientProvider>
  );
}
