import { MantineProvider } from "@mantine/core";
import type { ReactNode } from "react";
import { theme } from "./theme";

/** The page itself says which theme it has; the library must not write into it. */
const noRoot = () => undefined;

/**
 * The context that the component library needs. It stands around each part that uses the library, all of which are
 * loaded when they are opened, so that the first view does without it.
 */
export function MantineRoot({ children }: { children: ReactNode }) {
  return (
    <MantineProvider
      theme={theme}
      forceColorScheme="light"
      getRootElement={noRoot}
      withCssVariables={false}
      withStaticClasses={false}
      withGlobalClasses={false}
    >
      {children}
    </MantineProvider>
  );
}
