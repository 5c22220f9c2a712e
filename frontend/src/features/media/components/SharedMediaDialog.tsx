import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";
import type { MediaKind } from "@/api/types";
import { useChat } from "@/app/chat";
import { useNow } from "@/app/now";
import { useDownload } from "@/chat/media/useDownload";
import { nameOf } from "@/chat/names";
import { MEDIA_ICONS } from "@/chat/preview";
import { useViewerStore } from "@/chat/viewer";
import { dayMonth, fileSize } from "@/i18n/format";
import { Button, IconButton } from "@/ui/button/Button";
import { Dialog } from "@/ui/dialog/Dialog";
import { ErrorState, Skeletons } from "@/ui/feedback/states";
import { Segments } from "@/ui/field/choices";
import { Icon } from "@/ui/icons/Icon";
import { VISUAL, type MediaEntry } from "../model";
import { useMediaEntries } from "../useMediaEntries";
import { Tile } from "./Tile";
import styles from "./SharedMedia.module.css";

const TABS = { visual: VISUAL, file: ["file"], audio: ["audio"] } as const satisfies Record<
  string,
  readonly MediaKind[]
>;

type Tab = keyof typeof TABS;

interface SharedMediaDialogProps {
  conversationId: string;
  onClose: () => void;
  onShowInChat: (seq: number) => void;
}

/** Everything that was sent in a conversation, by kind, newest first. */
export default function SharedMediaDialog({ conversationId, onClose, onShowInChat }: SharedMediaDialogProps) {
  const { t } = useTranslation();
  const [tab, setTab] = useState<Tab>("visual");
  return (
    <Dialog
      title={t("media.shared.title")}
      size="lg"
      onClose={() => {
        // Escape belongs to what is on top.
        if (!useViewerStore.getState().open) onClose();
      }}
    >
      <Segments
        label={t("media.shared.title")}
        value={tab}
        options={(Object.keys(TABS) as Tab[]).map((value) => ({ value, label: t(`media.shared.kinds.${value}`) }))}
        onChange={setTab}
      />
      <Shelf key={tab} conversationId={conversationId} tab={tab} onShowInChat={onShowInChat} />
    </Dialog>
  );
}

interface ShelfProps extends Pick<SharedMediaDialogProps, "conversationId" | "onShowInChat"> {
  tab: Tab;
}

function Shelf({ conversationId, tab, onShowInChat }: ShelfProps) {
  const { t } = useTranslation();
  const { items, query } = useMediaEntries(conversationId, TABS[tab]);
  const newest = items.toReversed();
  if (query.isError) return <ErrorState onRetry={() => void query.refetch()} />;
  if (query.isPending) return <Skeletons rows={4} />;
  return (
    <div className={styles.shelf}>
      {newest.length === 0 && !query.hasNextPage && <p className={styles.none}>{t("media.shared.none")}</p>}
      {tab === "visual" ? (
        <div className={styles.tiles}>
          {newest.map((entry) => (
            <Tile key={entry.seq} entry={entry} />
          ))}
        </div>
      ) : (
        <ul>
          {newest.map((entry) => (
            <FileRow key={entry.seq} entry={entry} onShowInChat={() => onShowInChat(entry.seq)} />
          ))}
        </ul>
      )}
      {query.hasNextPage && (
        <Button variant="line" size="sm" busy={query.isFetching} onClick={() => void query.fetchNextPage()}>
          {t("media.shared.more")}
        </Button>
      )}
    </div>
  );
}

function FileRow({ entry, onShowInChat }: { entry: MediaEntry; onShowInChat: () => void }) {
  const { t, i18n } = useTranslation();
  const now = useNow();
  const people = useChat(useShallow((s) => ({ users: s.users, friends: s.friends, me: s.me })));
  const download = useDownload();
  const { content } = entry;
  const { media } = content;
  const about = [
    nameOf(entry.sender_id, people) ?? t("common.someone"),
    dayMonth(Date.parse(entry.server_time), now, i18n.language),
    fileSize(media.size_bytes, i18n.language),
  ];
  return (
    <li className={styles.row}>
      <span className={styles.sort}>
        <Icon name={MEDIA_ICONS[content.type]} />
      </span>
      <span className="grow">
        <span className={styles.name}>
          <bdi>{media.name}</bdi>
        </span>
        <span className="hint">
          <bdi>{about[0]}</bdi> · {about[1]} · {about[2]}
        </span>
      </span>
      <IconButton
        icon="chat-circle-text"
        label={t("media.shared.showName", { name: media.name })}
        onClick={onShowInChat}
      />
      <IconButton
        icon="download-simple"
        label={t("media.downloadName", { name: media.name })}
        onClick={() => download(content)}
      />
    </li>
  );
}
