import { useEffect, useLayoutEffect, useRef, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";
import { useChat } from "@/app/chat";
import { useNow } from "@/app/now";
import { useDownload } from "@/chat/media/useDownload";
import { nameOf } from "@/chat/names";
import { closeViewer, openViewer, type ViewerTarget } from "@/chat/viewer";
import { dayAndClock } from "@/i18n/format";
import { IconButton } from "@/ui/button/Button";
import { Icon } from "@/ui/icons/Icon";
import { isMediaEntry, neighboursOf, VISUAL, type MediaEntry } from "../model";
import { useMediaEntries } from "../useMediaEntries";
import { useZoom } from "../useZoom";
import { Clip, Photo } from "./Slide";
import styles from "./Viewer.module.css";

interface ViewerProps {
  target: ViewerTarget;
  onShowInChat: (target: ViewerTarget) => void;
}

/** How many are kept ready behind the one in view. */
const AHEAD = 3;

/** One photo or video over the whole page, and the way to the others of its conversation. */
export default function Viewer({ target, onShowInChat }: ViewerProps) {
  const { conversationId, seq } = target;
  const { items, oldest, query } = useMediaEntries(conversationId, VISUAL);
  const live = useChat((s) => s.timelines[conversationId]?.entries.find((entry) => entry.seq === seq));
  const gone = useChat((s) => s.sync.erased[conversationId]?.[seq] === true);
  const found = items.find((entry) => entry.seq === seq) ?? live;
  const entry = found && !gone && isMediaEntry(found, VISUAL) ? found : undefined;
  const at = items.findIndex((each) => each.seq === seq);

  const { hasNextPage, isFetching, fetchNextPage } = query;
  const wantsMore = hasNextPage && !isFetching && (at < AHEAD || (oldest ?? 0) > seq);
  useEffect(() => {
    if (wantsMore) void fetchNextPage();
  }, [wantsMore, fetchNextPage]);

  // Unsent while somebody looks at it: it goes from here as from everywhere.
  const missing = !entry && (gone || !query.isPending);
  useEffect(() => {
    if (missing) closeViewer();
  }, [missing]);

  if (!entry) return null;
  return <Stage entry={entry} {...neighboursOf(items, seq)} onShowInChat={() => onShowInChat(target)} />;
}

interface StageProps {
  entry: MediaEntry;
  older?: MediaEntry;
  newer?: MediaEntry;
  onShowInChat: () => void;
}

function Stage({ entry, older, newer, onShowInChat }: StageProps) {
  const { t, i18n } = useTranslation();
  const now = useNow();
  const people = useChat(useShallow((s) => ({ users: s.users, friends: s.friends, me: s.me })));
  const download = useDownload();
  const dialog = useRef<HTMLDialogElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const { content } = entry;
  const own = entry.sender_id === people.me?.id;
  const sender = own ? t("common.you") : (nameOf(entry.sender_id, people) ?? t("common.someone"));
  const photo = content.type === "image";
  const name =
    content.caption ||
    (own
      ? t(photo ? "media.photoOwn" : "media.videoOwn")
      : t(photo ? "media.photoFrom" : "media.videoFrom", { name: sender }));

  // Reading order: older ones come before.
  const back = document.dir === "rtl" ? newer : older;
  const forth = document.dir === "rtl" ? older : newer;
  const zoom = useZoom({
    onSwipe: (to) => (to === "down" ? closeViewer() : go(to === "left" ? forth : back)),
  });
  function go(to: MediaEntry | undefined) {
    if (!to) return;
    // Another picture begins whole.
    zoom.whole();
    openViewer({ conversationId: to.conversation_id, seq: to.seq });
  }
  const room = () => stage.current?.getBoundingClientRect() ?? { width: 0, height: 0 };

  // While it is still in the page: closing it gives the focus back to where it came from.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);

  function onKeyDown(event: KeyboardEvent) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    // A video's own keys move inside it.
    if (event.target instanceof HTMLVideoElement) return;
    if (event.key === "ArrowLeft") go(back);
    else if (event.key === "ArrowRight") go(forth);
    else if (photo && (event.key === "+" || event.key === "=")) zoom.zoomIn(room());
    else if (photo && event.key === "-") zoom.zoomOut(room());
    else if (photo && event.key === "0") zoom.whole();
    else return;
    event.preventDefault();
  }

  return (
    // The dialog takes keys for all that is in it, as the page does for itself.
    <dialog
      ref={dialog}
      className={styles.viewer}
      aria-label={t("media.viewer.name")}
      onKeyDown={onKeyDown}
      onCancel={(event) => {
        event.preventDefault();
        closeViewer();
      }}
    >
      <header className={styles.bar}>
        <div className="grow">
          <b className={`${styles.by} trunc`}>
            <bdi>{sender}</bdi>
          </b>
          <time className={styles.time} dateTime={entry.server_time}>
            {dayAndClock(Date.parse(entry.server_time), now, i18n.language)}
          </time>
        </div>
        {photo && (
          <>
            <IconButton
              className="no-phone"
              icon="magnifying-glass-minus"
              iconSize="l"
              label={t("media.viewer.zoomOut")}
              disabled={zoom.view.scale === 1}
              onClick={() => zoom.zoomOut(room())}
            />
            <IconButton
              className="no-phone"
              icon="magnifying-glass-plus"
              iconSize="l"
              label={t("media.viewer.zoomIn")}
              onClick={() => zoom.zoomIn(room())}
            />
          </>
        )}
        <IconButton
          icon="chat-circle-text"
          iconSize="l"
          label={t("media.viewer.showInChat")}
          onClick={() => {
            closeViewer();
            onShowInChat();
          }}
        />
        <IconButton
          icon="download-simple"
          iconSize="l"
          label={t("media.downloadName", { name: content.media.name })}
          onClick={() => download(content)}
        />
        {/* Whoever opened it by the keyboard closes it with the next key. */}
        {/* eslint-disable-next-line jsx-a11y-x/no-autofocus */}
        <IconButton icon="x" iconSize="l" label={t("common.close")} autoFocus onClick={closeViewer} />
      </header>
      <div className={styles.stage} ref={stage}>
        {photo ? (
          <Photo key={entry.seq} media={content.media} name={name} zoom={zoom} />
        ) : (
          <Clip key={entry.seq} media={content.media} name={name} />
        )}
        <Turn to={older} side="start" label={t("media.viewer.previous")} onTurn={go} />
        <Turn to={newer} side="end" label={t("media.viewer.next")} onTurn={go} />
      </div>
      {content.caption && (
        <p className={styles.caption} dir="auto">
          {content.caption}
        </p>
      )}
    </dialog>
  );
}

interface TurnProps {
  to: MediaEntry | undefined;
  side: "start" | "end";
  label: string;
  onTurn: (to: MediaEntry) => void;
}

function Turn({ to, side, label, onTurn }: TurnProps) {
  return (
    <button
      type="button"
      className={styles.turn}
      data-side={side}
      aria-label={label}
      title={label}
      // It stays in place at an end, or the focus would be lost there.
      aria-disabled={!to}
      onClick={() => to && onTurn(to)}
    >
      <Icon name={side === "start" ? "caret-left" : "caret-right"} size="l" flip />
    </button>
  );
}
