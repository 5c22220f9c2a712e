import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { Conversation } from "@/api/types";
import { useHttp } from "@/app/chat";
import { useFailure } from "@/app/failure";
import { membersQuery } from "@/chat/members";
import { Button } from "@/ui/button/Button";
import { Dialog } from "@/ui/dialog/Dialog";
import { addMembers } from "../api";
import { FriendPicker } from "./FriendPicker";

export default function AddMembersDialog({ group, onClose }: { group: Conversation; onClose: () => void }) {
  const { t } = useTranslation();
  const http = useHttp();
  const queries = useQueryClient();
  const fail = useFailure();
  const { data: members } = useQuery(membersQuery(http, group));
  const [picked, setPicked] = useState<string[]>([]);
  const [busy, setBusy] = useState(false);

  async function add() {
    setBusy(true);
    try {
      await addMembers(http, group.id, picked);
      await queries.invalidateQueries({ queryKey: ["members", group.id] });
      onClose();
    } catch (error) {
      fail(error);
      setBusy(false);
    }
  }

  return (
    <Dialog
      title={t("group.addTo", { name: group.name })}
      onClose={onClose}
      actions={
        <>
          <Button variant="line" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button variant="primary" busy={busy} disabled={picked.length === 0} onClick={() => void add()}>
            {t("group.addCount", { count: picked.length })}
          </Button>
        </>
      }
    >
      <FriendPicker picked={picked} onChange={setPicked} without={new Set(members?.map((member) => member.user.id))} />
    </Dialog>
  );
}
