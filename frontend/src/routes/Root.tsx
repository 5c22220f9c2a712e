import { Outlet } from "@tanstack/react-router";
import { Suspense } from "react";
import { lazily } from "@/app/lazily";
import { Boundary } from "@/app/shell/Boundary";
import { SnackHost } from "@/ui/feedback/SnackHost";
import { useAskStore } from "@/ui/dialog/ask";
import { useMenuStore } from "@/ui/menu/store";

const AskDialog = lazily(() => import("@/ui/dialog/AskDialog"));
const ActionMenu = lazily(() => import("@/ui/menu/ActionMenu"));

/** Every page, with what can open above any of them. */
export function Root() {
  const asking = useAskStore((s) => s.open !== undefined);
  const menu = useMenuStore((s) => s.open !== undefined);
  return (
    <Boundary>
      <Outlet />
      <SnackHost />
      <Suspense>
        {menu && <ActionMenu />}
        {asking && <AskDialog />}
      </Suspense>
    </Boundary>
  );
}
