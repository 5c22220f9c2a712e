import { useNavigate, type NavigateOptions } from "@tanstack/react-router";
import { useEffect, useState } from "react";

/**
 * Goes elsewhere once, in the place of the entry that is open. The router's own `Navigate` goes anew with every render,
 * and as the location changes while the other page's code is still loading, what depends on it would never come to rest.
 */
export function Redirect(target: NavigateOptions) {
  const navigate = useNavigate();
  const [first] = useState(target);
  useEffect(() => {
    void navigate({ ...first, replace: true });
  }, [navigate, first]);
  return null;
}
