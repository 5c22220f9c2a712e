import { useRouterState } from "@tanstack/react-router";

interface OpenParams {
  id?: string;
  code?: string;
  section?: string;
}

/** The parameters of the page that is open; a layout's own match has none of them. */
export function useOpenParams(): OpenParams {
  return useRouterState({ select: (state): OpenParams => state.matches.at(-1)?.params ?? {} });
}
