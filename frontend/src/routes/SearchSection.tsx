import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { SectionLayout } from "@/app/shell/SectionLayout";
import styles from "@/app/shell/Shell.module.css";
import { SearchPane } from "@/features/search/components/SearchPane";
import type { Filters } from "@/features/search/model";
import { Empty } from "@/ui/feedback/states";
import { TOUCH, useMedia } from "@/ui/media";
import { filtersOf } from "./found";
import { useOpenParams } from "./useOpenParams";

/** The list of what was found. A change of what is sought takes the place of the entry in the history. */
export function SearchSection() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ from: "/signed-in/search" });
  const { id } = useOpenParams();
  const touch = useMedia(TOUCH);

  function change(part: Partial<Filters>) {
    const { q, sort, ...rest } = { ...filtersOf(search), ...part };
    void navigate({
      to: id ? "/search/$id" : "/search",
      params: { id },
      search: { ...rest, q: q || undefined, sort: sort === "relevance" ? sort : undefined, at: search.at },
      replace: true,
    });
  }

  return (
    <SectionLayout
      label={t("search.title")}
      view={id ? "page" : "list"}
      list={
        <SearchPane
          filters={filtersOf(search)}
          onChange={change}
          current={id && search.at !== undefined ? { chat: id, seq: search.at } : undefined}
          // On a touch screen the keyboard would cover what was found before.
          takeFocus={!touch && !id}
        />
      }
    />
  );
}

/** Beside the list while no hit is open. */
export function NoHit() {
  const { t } = useTranslation();
  return (
    <div className={styles.stage}>
      <main className={styles.sheet} data-pane>
        <Empty quiet title={t("search.pick.title")} text={t("search.pick.text")} />
      </main>
    </div>
  );
}
