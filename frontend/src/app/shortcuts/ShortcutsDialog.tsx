import { useTranslation } from "react-i18next";
import { Dialog } from "@/ui/dialog/Dialog";
import { ShortcutList } from "./ShortcutList";

export default function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t("settings.sections.shortcuts")} size="lg" onClose={onClose}>
      <ShortcutList />
    </Dialog>
  );
}
