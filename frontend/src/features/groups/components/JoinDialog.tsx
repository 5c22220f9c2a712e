import { useTranslation } from "react-i18next";
import { Dialog } from "@/ui/dialog/Dialog";
import { JoinGroup } from "./JoinGroup";

export default function JoinDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t("group.joinTitle")} onClose={onClose}>
      <JoinGroup initialCode="" onJoined={onClose} />
    </Dialog>
  );
}
