import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import styles from "@/app/shell/Shell.module.css";
import { buttonClass } from "@/ui/button/Button";
import { Empty } from "@/ui/feedback/states";

export function NotFound() {
  const { t } = useTranslation();
  return (
    <main className={styles.splash}>
      <Empty
        quiet
        title={t("notFound.title")}
        text={t("notFound.text")}
        action={
          <Link to="/" className={buttonClass("line")}>
            {t("notFound.home")}
          </Link>
        }
      />
    </main>
  );
}
