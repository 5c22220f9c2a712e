import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiError } from "@/api/problem";

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
  return <QueryClientProvider client={queries}>{children}</QueryClientProvider>;
}
