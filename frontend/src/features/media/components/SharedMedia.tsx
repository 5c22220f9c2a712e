import { Suspense, useState } from "react";
import { onDemand } from "@/app/lazily";
import { useTranslation } from "react-i18next";
import type { MediaKind } from "@/api/types";
import { Block } from "@/ui/details/Details";
import { VISUAL } from "../model";
import { useMediaEntries } from "../useMediaEntries";
import { Tile } from "./Tile";
import styles from "./SharedMedia.module.css";

const SharedMediaDialog = onDemand(() => import("./SharedMediaDialog"));

const ALL: readonly MediaKind[] = ["image", "video", "audio", "file"];

/** As many as fill two lines of the details. */
const SHOWN = 6;

/** The newest photos of a conversation beside it, and the way to everything that was ever sent in it. */
export function SharedMedia({ conversationId, onShowInChat }: SharedMediaProps) {
  const { t } = useTranslation();
  const { items } = useMediaEntries(conversationId, ALL);
  const [open, setOpen] = useState(false);
  const visual = items.filter(({ content }) => VISUAL.includes(content.type)).slice(-SHOWN);
  if (items.length === 0) return null;
  return (
    <Block
      title={t("media.shared.title")}
      end={
        <button type="button" onClick={() => setOpen(true)}>
          {t("media.shared.all")}
        </button>
      }
    >
      {visual.length > 0 && (
        <div className={styles.tiles}>
          {visual.reverse().map((entry) => (
            <Tile key={entry.seq} entry={entry} />
          ))}
        </div>
      )}
      {open && (
        <Suspense>
          <SharedMediaDialog
            conversationId={conversationId}
            onClose={() => setOpen(false)}
            onShowInChat={(seq) => {
              setOpen(false);
              onShowInChat(seq);
            }}
          />
        </Suspense>
      )}
    </Block>
  );
}

export interface SharedMediaProps {
  conversationId: string;
  onShowInChat: (seq: number) => void;
}
