import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useChat } from "@/app/chat";
import { markWelcomed } from "@/app/welcomed";
import { Welcome } from "@/features/auth/components/Welcome";

const route = getRouteApi("/signed-in/welcome");

export function WelcomeRoute() {
  const { next } = route.useSearch();
  const navigate = useNavigate();
  const me = useChat((s) => s.me?.id);
  return (
    <Welcome
      onDone={() => {
        if (me) markWelcomed(me);
        void navigate({ href: next ?? "/", replace: true });
      }}
    />
  );
}
