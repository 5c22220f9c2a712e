import { useNavigate } from "@tanstack/react-router";
import { Fragment, useCallback, useState, type MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";
import { useChat, useChatClient } from "@/app/chat";
import { useLook } from "@/app/look";
import { useNow } from "@/app/now";
import { titleOf } from "@/chat/names";
import { Button, IconButton } from "@/ui/button/Button";
import { Empty, Skeletons } from "@/ui/feedback/states";
import { Chip } from "@/ui/field/choices";
import { Icon } from "@/ui/icons/Icon";
import { useRoving } from "@/ui/list/useRoving";
import { useWindow } from "@/ui/list/useWindow";
import { openMenu } from "@/ui/menu/store";
import { freezeOrder, matchesFilter, orderOf, type Filter } from "../model";
import { ConversationRow } from "./ConversationRow";
import { useConversationMenu } from "./useConversationMenu";
import styles from "./ConversationList.module.css";

interface ConversationListProps {
  /** The conversation that is open beside the list. */
  currentId?: string;
  /** The row of the open conversation was pressed once more. */
  onAgain: () => void;
  onSwitcher: () => void;
  onNew: (opener: HTMLElement) => void;
}

/** Heights of a row at the usual size of text, as its style has them. */
const ROW_PX = 68;
const COMPACT_ROW_PX = 52;

const FILTERS: Filter[] = ["all", "unread", "groups", "direct"];

export function ConversationList({ currentId, onAgain, onSwitcher, onNew }: ConversationListProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useChatClient();
  const now = useNow();
  const ready = useChat((s) => s.ready);
  const compact = useLook((s) => s.density === "compact");
  const [filter, setFilter] = useState<Filter>("all");
  const order = useChat(
    useShallow((s) =>
      orderOf(
        // A chat that is being read stays under "Unread" until another is opened.
        Object.values(s.conversations).filter((c) => matchesFilter(c, filter) || c.id === currentId),
        s.outbox,
      ),
    ),
  );
  const unreadChats = useChat((s) => Object.values(s.conversations).filter((c) => c.unread > 0).length);
  const { shown, freeze } = useFrozen(order, filter);
  const { rows, tabStop, onKeyDown, onFocus } = useRoving<HTMLUListElement>(shown, currentId);
  const drawn = useWindow({
    scroller: rows,
    count: shown.length,
    rowHeight: compact ? COMPACT_ROW_PX : ROW_PX,
    keep: tabStop === undefined ? -1 : shown.indexOf(tabStop),
  });
  const menuFor = useConversationMenu();

  const onMenu = useCallback(
    (id: string, event: MouseEvent<HTMLElement>) => {
      event.preventDefault();
      const conversation = client.store.getState().conversations[id];
      if (!conversation) return;
      // The menu key gives no position.
      const at = event.clientX || event.clientY ? { x: event.clientX, y: event.clientY } : undefined;
      openMenu(event.currentTarget, titleOf(conversation), menuFor(conversation), at);
    },
    [client, menuFor],
  );

  return (
    <>
      <header className={styles.header}>
        <h1 className="display" tabIndex={-1}>
          {t("chats.title")}
        </h1>
        <IconButton
          icon="pencil-simple-line"
          iconSize="l"
          label={t("chats.new")}
          aria-haspopup="menu"
          onClick={(event) => onNew(event.currentTarget)}
        />
      </header>
      <div className={styles.tools}>
        <button type="button" className={styles.find} onClick={onSwitcher} aria-keyshortcuts="Control+K">
          <Icon name="magnifying-glass" />
          <span className="trunc">{t("chats.find")}</span>
          <kbd className="no-phone">{t("keys.switcher")}</kbd>
        </button>
        <div className={styles.chips} role="group" aria-label={t("chats.filter")}>
          {FILTERS.map((each) => (
            <Chip key={each} pressed={filter === each} onClick={() => setFilter(each)}>
              {t(`chats.filters.${each}`)}
              {each === "unread" && unreadChats > 0 && <span className="tnum">{unreadChats}</span>}
            </Chip>
          ))}
        </div>
      </div>
      {!ready && <Skeletons />}
      {ready && shown.length === 0 && filter === "all" && (
        <Empty
          title={t("chats.empty.title")}
          text={t("chats.empty.text")}
          action={
            // Wider windows offer it beside the list.
            <Button variant="primary" className="only-phone" onClick={() => void navigate({ to: "/friends/add" })}>
              {t("friends.add")}
            </Button>
          }
        />
      )}
      {ready && shown.length === 0 && filter !== "all" && (
        <Empty
          quiet
          title={t(`chats.nothing.${filter}`)}
          action={
            <Button variant="line" onClick={() => setFilter("all")}>
              {t("chats.showAll")}
            </Button>
          }
        />
      )}
      {/* The handlers only watch; each row is a link with its own keys. */}
      {/* eslint-disable-next-line jsx-a11y-x/no-noninteractive-element-interactions */}
      <ul
        className={styles.rows}
        ref={rows}
        hidden={!ready || shown.length === 0}
        aria-label={t("chats.title")}
        onPointerEnter={() => freeze("pointer", true)}
        onPointerLeave={() => freeze("pointer", false)}
        onFocus={(event) => {
          freeze("focus", true);
          onFocus(event);
        }}
        onBlur={() => freeze("focus", false)}
        onKeyDown={onKeyDown}
      >
        {drawn.rows.map(({ index, before }) => {
          const id = shown[index] ?? "";
          return (
            <Fragment key={id}>
              {before > 0 && <Room height={before} />}
              <li aria-setsize={shown.length} aria-posinset={index + 1}>
                <ConversationRow
                  id={id}
                  now={now}
                  current={id === currentId}
                  tabStop={id === tabStop}
                  compact={compact}
                  onAgain={onAgain}
                  onMenu={onMenu}
                />
              </li>
            </Fragment>
          );
        })}
        {drawn.after > 0 && <Room height={drawn.after} />}
      </ul>
    </>
  );
}

/** In place of rows that are not drawn. */
function Room({ height }: { height: number }) {
  return <li aria-hidden style={{ blockSize: height }} />;
}

/** Holds the order still while the pointer or the focus is inside. */
function useFrozen(order: string[], filter: Filter) {
  const [held, setHeld] = useState({ pointer: false, focus: false });
  const frozen = held.pointer || held.focus;
  const [shown, setShown] = useState({ order, filter });

  const keeps = frozen && shown.filter === filter;
  const next = { order: keeps ? freezeOrder(shown.order, order) : order, filter };
  const same = next.filter === shown.filter && sameItems(next.order, shown.order);
  // Adjusting state while rendering, so that no frame shows the old order.
  if (!same) setShown(next);

  const freeze = useCallback(
    (by: "pointer" | "focus", on: boolean) => setHeld((h) => (h[by] === on ? h : { ...h, [by]: on })),
    [],
  );
  return { shown: same ? shown.order : next.order, freeze };
}

function sameItems(a: string[], b: string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
