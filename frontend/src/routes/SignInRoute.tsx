import { getRouteApi } from "@tanstack/react-router";
import { useSession } from "@/app/chat";
import { SignInPage } from "@/features/auth/components/SignInPage";
import { safeReturn } from "@/features/auth/model";
import { Redirect } from "./Redirect";

const route = getRouteApi("/sign-in");

export function SignInRoute() {
  const { return_to, error, notice } = route.useSearch();
  const session = useSession();
  const returnTo = safeReturn(return_to);
  if (session.status === "signed_in") return <Redirect href={returnTo} />;
  const refusal = error
    ? { code: error }
    : session.reason && { code: session.reason.code, reason: session.reason.detail };
  return <SignInPage returnTo={returnTo} refusal={refusal} ticket={notice} />;
}
