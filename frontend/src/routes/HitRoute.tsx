import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ChatPage } from "./ChatRoute";
import { filtersOf } from "./found";

/** A hit in its chat. */
export function HitRoute() {
  const { id } = useParams({ from: "/signed-in/search/search/$id" });
  const search = useSearch({ from: "/signed-in/search" });
  const navigate = useNavigate();
  return (
    <ChatPage
      id={id}
      at={search.at}
      find={{ ...filtersOf(search), chat: id }}
      onGo={(seq) =>
        void navigate({
          to: "/search/$id",
          params: { id },
          search: (before) => ({ ...before, at: seq }),
          replace: true,
        })
      }
      onCloseFind={() => void navigate({ to: "/chats/$id", params: { id }, search: { at: search.at } })}
    />
  );
}
