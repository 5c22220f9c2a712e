import { useEffect, useEffectEvent, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";
import { ApiError, NETWORK_ERROR } from "@/api/problem";
import { useChat } from "@/app/chat";
import { traceOf, useFailureText } from "@/app/failure";
import { useNow } from "@/app/now";
import { termsOf } from "@/chat/highlight";
import { Button } from "@/ui/button/Button";
import { Empty, ErrorState, Skeletons } from "@/ui/feedback/states";
import { Icon } from "@/ui/icons/Icon";
import { useRoving } from "@/ui/list/useRoving";
import { openMenu } from "@/ui/menu/store";
import { friendsFor, isNarrowed, isSearchable, type Filters, type Hit, type Sort } from "../model";
import { useMessageSearch, type MessageSearch } from "../useMessageSearch";
import { Coverage } from "./Coverage";
import { FilterChips } from "./FilterChips";
import { FriendHitRow } from "./FriendHitRow";
import { HitRow } from "./HitRow";
import { SearchField, type SearchFieldHandle } from "./SearchField";
import styles from "./SearchPane.module.css";

interface SearchPaneProps {
  filters: Filters;
  onChange: (change: Partial<Filters>) => void;
  /** The hit that is open beside the list. */
  current?: { chat: string; seq: number };
  takeFocus: boolean;
}

const keyOf = (hit: Hit) => `hit-${hit.conversation_id}-${hit.entry.seq}`;

/** Friends and messages in one list. */
export function SearchPane({ filters, onChange, current, takeFocus }: SearchPaneProps) {
  const { t, i18n } = useTranslation();
  const now = useNow();
  const field = useRef<SearchFieldHandle>(null);
  const people = useChat(useShallow((s) => ({ users: s.users, friends: s.friends, me: s.me })));
  const conversations = useChat((s) => s.conversations);
  const search = useMessageSearch(filters);
  const terms = useMemo(() => termsOf(filters.q), [filters.q]);
  // Somebody who looks into one chat, or for one person's words, looks for messages.
  const friends = useMemo(
    () => (isNarrowed(filters) ? [] : friendsFor(filters.q, Object.values(people.friends), i18n.language)),
    [filters, people.friends, i18n.language],
  );
  const ids = useMemo(
    () => [...friends.map((friend) => `friend-${friend.id}`), ...search.hits.map(keyOf)],
    [friends, search.hits],
  );
  const currentId = current && `hit-${current.chat}-${current.seq}`;
  const { rows, tabStop, onKeyDown, onFocus, focusRow } = useRoving<HTMLDivElement>(ids, currentId, () =>
    field.current?.focus(),
  );

  return (
    <>
      <header className={styles.header}>
        <h1 className="display" tabIndex={-1}>
          {t("search.title")}
        </h1>
      </header>
      <div className={styles.tools} role="search">
        <SearchField
          ref={field}
          label={t("search.placeholder")}
          value={filters.q}
          takeFocus={takeFocus}
          onChange={(q) => onChange({ q })}
          onKey={(event) => {
            // What has been said since is found by asking again.
            if (event.key === "Enter" && search.status !== "idle") {
              search.retry();
              return true;
            }
            if (event.key !== "ArrowDown" || ids.length === 0) return false;
            focusRow(ids[0]);
            return true;
          }}
        />
        <FilterChips filters={filters} onChange={onChange} />
      </div>
      {/* The handlers only watch; each row is a link with its own keys. */}
      {/* eslint-disable-next-line jsx-a11y-x/no-static-element-interactions */}
      <div
        className={styles.rows}
        ref={rows}
        data-outdated={search.outdated || undefined}
        onFocus={onFocus}
        onKeyDown={onKeyDown}
      >
        {friends.length > 0 && (
          <section aria-label={t("search.friends")}>
            <h2 className={styles.section}>{t("search.friends")}</h2>
            <ul>
              {friends.map((friend) => (
                <li key={friend.id}>
                  <FriendHitRow
                    id={`friend-${friend.id}`}
                    friend={friend}
                    terms={terms}
                    people={people}
                    now={now}
                    tabStop={tabStop === `friend-${friend.id}`}
                  />
                </li>
              ))}
            </ul>
          </section>
        )}
        {search.hits.length > 0 && (
          <section aria-label={t("search.messages")} aria-busy={search.outdated}>
            <MessagesHeading search={search} sort={filters.sort} onSort={(sort) => onChange({ sort })} />
            <ul>
              {search.hits.map((hit) => {
                const id = keyOf(hit);
                const conversation = conversations[hit.conversation_id];
                return (
                  conversation && (
                    <li key={id}>
                      <HitRow
                        id={id}
                        hit={hit}
                        conversation={conversation}
                        people={people}
                        now={now}
                        current={id === currentId}
                        tabStop={id === tabStop}
                      />
                    </li>
                  )
                );
              })}
            </ul>
          </section>
        )}
        <Rest search={search} filters={filters} friends={friends.length} onChange={onChange} />
        {search.notSearched && (
          <Coverage notSearched={search.notSearched} asOf={search.asOf} single={filters.chat !== undefined} />
        )}
      </div>
      <p className="sr" role="status">
        {search.status === "found" && !search.outdated && <Spoken search={search} />}
      </p>
    </>
  );
}

function Spoken({ search: { hits, more } }: { search: MessageSearch }) {
  const { t } = useTranslation();
  return t(more ? "search.foundMore" : "search.found", { count: hits.length });
}

interface HeadingProps {
  search: MessageSearch;
  sort: Sort;
  onSort: (sort: Sort) => void;
}

function MessagesHeading({ search, sort, onSort }: HeadingProps) {
  const { t } = useTranslation();
  const items = (["newest", "relevance"] as const).map((each) => ({
    id: each,
    label: t(`search.sorts.${each}`),
    icon: each === sort ? ("check" as const) : undefined,
    onSelect: () => onSort(each),
  }));
  return (
    <div className={styles.section}>
      <h2>
        {t("search.messages")} {!search.more && <span className="tnum">{search.hits.length}</span>}
      </h2>
      <button
        type="button"
        className={styles.sort}
        aria-haspopup="menu"
        aria-label={t("search.sortedBy", { order: t(`search.sorts.${sort}`) })}
        onClick={(event) => openMenu(event.currentTarget, t("search.sort"), items)}
      >
        {t(`search.sorts.${sort}`)}
        <Icon name="caret-down" size="xs" />
      </button>
    </div>
  );
}

interface RestProps {
  search: MessageSearch;
  filters: Filters;
  /** How many friends were found. */
  friends: number;
  onChange: SearchPaneProps["onChange"];
}

/** What comes below the hits: more of them, or why there are none. */
function Rest({ search, filters, friends, onChange }: RestProps) {
  const { t } = useTranslation();
  const failureText = useFailureText();
  const { status, hits, error } = search;
  const searchAll = (
    <Button
      variant="line"
      onClick={() => onChange({ chat: undefined, sender: undefined, since: undefined, until: undefined })}
    >
      {t("search.everywhere")}
    </Button>
  );
  if (search.paused) return <Problem text={t("failure.network")} onRetry={search.retry} />;
  if (status === "idle") {
    if (friends > 0) return null;
    return filters.q !== "" && !isSearchable(filters.q) ? (
      <Empty quiet title={t("search.tooLittle")} />
    ) : (
      <Empty quiet title={t("search.start.title")} text={t("search.start.text")} />
    );
  }
  if (status === "waiting") {
    // Told to wait: the question is put again by itself.
    if (error instanceof ApiError && error.code === "rate_limited") return <Problem text={failureText(error)} />;
    return <Skeletons rows={5} />;
  }
  if (status === "failed") {
    if (error instanceof ApiError && error.code === "validation_failed")
      return <Empty quiet title={t("search.tooLittle")} />;
    if (error instanceof ApiError && (error.code === NETWORK_ERROR || error.code === "rate_limited")) {
      return <Problem text={failureText(error)} onRetry={search.retry} />;
    }
    return <ErrorState trace={traceOf(error)} onRetry={search.retry} />;
  }
  if (hits.length === 0 && !search.more) {
    if (friends > 0) return null;
    const narrowed = isNarrowed(filters);
    return (
      <Empty
        quiet
        title={t("search.nothing.title", { query: filters.q.trim() })}
        text={t(narrowed ? "search.nothing.narrowed" : "search.nothing.text")}
        action={narrowed && searchAll}
      />
    );
  }
  if (search.moreFailed) return <Problem text={failureText(error)} onRetry={search.loadMore} />;
  return search.more ? <LoadMore key={search.pages} onSeen={search.loadMore} /> : null;
}

function Problem({ text, onRetry }: { text: string; onRetry?: () => void }) {
  const { t } = useTranslation();
  return (
    <div className={styles.problem} role="alert">
      <p>{text}</p>
      {onRetry && (
        <Button variant="line" size="sm" onClick={onRetry}>
          {t("error.retry")}
        </Button>
      )}
    </div>
  );
}

/** Asks for the next page before the end of this one is in view. */
function LoadMore({ onSeen }: { onSeen: () => void }) {
  const { t } = useTranslation();
  const end = useRef<HTMLButtonElement>(null);
  const seen = useEffectEvent(onSeen);
  useEffect(() => {
    if (!end.current) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) seen();
      },
      { rootMargin: "400px" },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, []);
  return (
    <button type="button" ref={end} className={styles.loadMore} onClick={onSeen}>
      {t("search.more")}
    </button>
  );
}
