import { useQuery } from "@tanstack/react-query";
import { Suspense, useState, type ReactNode } from "react";
import { onDemand } from "@/app/lazily";
import { useTranslation } from "react-i18next";
import type { Conversation } from "@/api/types";
import { useHttp } from "@/app/chat";
import { membersQuery } from "@/chat/members";
import { Details, Hero, QuickActions, type QuickAction } from "@/ui/details/Details";
import { GroupCode } from "./GroupCode";
import { GroupSettings } from "./GroupSettings";
import { JoinRequests } from "./JoinRequests";
import { MemberList } from "./MemberList";
import { useLeaveGroup } from "../useLeaveGroup";

const AddMembersDialog = onDemand(() => import("./AddMembersDialog"));

interface GroupDetailsProps {
  group: Conversation;
  /** Muting is the same for every conversation, so it comes from outside. */
  mute: QuickAction;
  onClose: () => void;
  onPerson: (userId: string, opener: HTMLElement) => void;
  /** What else there is to tell of the conversation. */
  children?: ReactNode;
}

/** What a group is: code, rules, members. A former member sees only its name. */
export function GroupDetails({ group, mute, onClose, onPerson, children }: GroupDetailsProps) {
  const { t } = useTranslation();
  const http = useHttp();
  const active = group.state === "active";
  const admin = active && group.role === "admin";
  const members = useQuery({ ...membersQuery(http, group), enabled: active });
  const [adding, setAdding] = useState(false);
  const [editing, setEditing] = useState(false);
  const leave = useLeaveGroup(group, members.data);
  const mayAdd = admin || (active && group.join_policy === "open");

  const actions: QuickAction[] = [mute];
  if (mayAdd) actions.push({ id: "add", icon: "user-plus", label: t("group.add"), onSelect: () => setAdding(true) });
  if (admin) {
    actions.push({
      id: "settings",
      icon: "gear-six",
      label: t("group.settings"),
      pressed: editing,
      onSelect: () => setEditing((open) => !open),
    });
  }
  if (active)
    actions.push({ id: "leave", icon: "sign-out", label: t("chat.leaveShort"), onSelect: () => void leave() });

  const count = t("chat.members", { count: group.member_count });
  return (
    <Details onClose={onClose}>
      <Hero
        id={group.id}
        name={group.name ?? ""}
        src={group.avatar_url}
        group
        below={t(admin ? "group.belowAdmin" : "group.below", { members: count })}
      />
      {active && <QuickActions actions={actions} />}
      {editing && admin && <GroupSettings group={group} onDone={() => setEditing(false)} />}
      {admin && <JoinRequests group={group} />}
      {children}
      {active && group.group_code && <GroupCode group={group} admin={admin} />}
      {active && (
        <MemberList
          group={group}
          members={members.data}
          failed={members.isError}
          onRetry={() => void members.refetch()}
          onAdd={mayAdd ? () => setAdding(true) : undefined}
          onPerson={onPerson}
        />
      )}
      {adding && (
        <Suspense>
          <AddMembersDialog group={group} onClose={() => setAdding(false)} />
        </Suspense>
      )}
    </Details>
  );
}
