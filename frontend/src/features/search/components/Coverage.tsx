import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";
import { useChat } from "@/app/chat";
import { useNow } from "@/app/now";
import { titleOf } from "@/chat/names";
import { dayAndClock, list } from "@/i18n/format";
import { Icon } from "@/ui/icons/Icon";
import styles from "./SearchPane.module.css";

/** Names told before the rest is only counted. */
const MOST_NAMES = 3;

interface CoverageProps {
  /** Ids of the chats whose content only their members can read. */
  notSearched: string[];
  /** The index is late: what is newer cannot be found yet. */
  asOf: string | undefined;
  /** One chat alone was to be searched. */
  single: boolean;
}

/** Says what a search did not look into, so that nothing found is not taken for nothing there. */
export function Coverage({ notSearched, asOf, single }: CoverageProps) {
  const { t, i18n } = useTranslation();
  const now = useNow();
  const titles = useChat(
    useShallow((s) =>
      notSearched.flatMap((id) => {
        const conversation = s.conversations[id];
        return conversation ? [titleOf(conversation)] : [];
      }),
    ),
  );
  const told = titles.slice(0, MOST_NAMES);
  const rest = notSearched.length - told.length;
  const names = list([...told, ...(rest > 0 ? [t("search.coverage.others", { count: rest })] : [])], i18n.language);
  return (
    <>
      {asOf && (
        <p className={styles.coverage}>
          <Icon name="hourglass" size="s" />
          {t("search.coverage.late", { time: dayAndClock(Date.parse(asOf), now, i18n.language) })}
        </p>
      )}
      <p className={styles.coverage}>
        <Icon name={notSearched.length > 0 ? "lock-key" : "check"} size="s" />
        <span>
          {notSearched.length === 0
            ? t(single ? "search.coverage.one" : "search.coverage.all")
            : told.length > 0
              ? t("search.coverage.notNamed", { count: notSearched.length, names })
              : t("search.coverage.not", { count: notSearched.length })}
        </span>
      </p>
    </>
  );
}
