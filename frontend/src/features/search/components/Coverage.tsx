import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";
import { useChat } from "@/app/chat";
import { titleOf } from "@/chat/names";
import { list } from "@/i18n/format";
import { Icon } from "@/ui/icons/Icon";
import styles from "./SearchPane.module.css";

/** Names told before the rest is only counted. */
const MOST_NAMES = 3;

interface CoverageProps {
  /** Ids of the chats whose content only their members can read. */
  notSearched: string[];
  /** One chat alone was to be searched. */
  single: boolean;
}

/** Says what a search did not look into, so that nothing found is not taken for nothing there. */
export function Coverage({ notSearched, single }: CoverageProps) {
  const { t, i18n } = useTranslation();
  const titles = useChat(
    useShallow((s) =>
      notSearched.flatMap((id) => {
        const conversation = s.conversations[id];
        return conversation ? [titleOf(conversation)] : [];
      }),
    ),
  );
  if (notSearched.length === 0) {
    return (
      <p className={styles.coverage}>
        <Icon name="check" size="s" />
        {t(single ? "search.coverage.one" : "search.coverage.all")}
      </p>
    );
  }
  const told = titles.slice(0, MOST_NAMES);
  const rest = notSearched.length - told.length;
  const names = list([...told, ...(rest > 0 ? [t("search.coverage.others", { count: rest })] : [])], i18n.language);
  return (
    <p className={styles.coverage}>
      <Icon name="lock-key" size="s" />
      <span>
        {told.length > 0
          ? t("search.coverage.notNamed", { count: notSearched.length, names })
          : t("search.coverage.not", { count: notSearched.length })}
      </span>
    </p>
  );
}
