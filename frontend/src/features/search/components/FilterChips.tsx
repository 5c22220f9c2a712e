import { Suspense, useState, type ReactNode } from "react";
import { onDemand } from "@/app/lazily";
import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";
import { useChat } from "@/app/chat";
import { useNow } from "@/app/now";
import { nameOf, titleOf } from "@/chat/names";
import { dayMonth } from "@/i18n/format";
import { Chip } from "@/ui/field/choices";
import { Icon, type IconName } from "@/ui/icons/Icon";
import { openMenu } from "@/ui/menu/store";
import { daysOf, PERIODS, periodOf, startOf, type Filters } from "../model";
import styles from "./SearchPane.module.css";

const PickChat = onDemand(() => import("./PickDialog").then((module) => ({ default: module.PickChat })));
const PickSender = onDemand(() => import("./PickDialog").then((module) => ({ default: module.PickSender })));
const DaysDialog = onDemand(() => import("./DaysDialog"));

interface FilterChipsProps {
  filters: Filters;
  onChange: (change: Partial<Filters>) => void;
}

/** Where, from whom and when: each chip says what is chosen and opens the choice. */
export function FilterChips({ filters, onChange }: FilterChipsProps) {
  const { t } = useTranslation();
  const now = useNow();
  const [open, setOpen] = useState<"chat" | "sender" | "days">();
  const people = useChat(useShallow((s) => ({ users: s.users, friends: s.friends, me: s.me })));
  const chat = useChat((s) => (filters.chat ? s.conversations[filters.chat] : undefined));
  const { sender } = filters;
  const daysLabel = useDaysLabel(filters, now);
  const close = () => setOpen(undefined);

  function openPeriods(opener: HTMLElement) {
    openMenu(opener, t("search.period"), [
      ...PERIODS.map((period) => ({
        id: period,
        label: t(`search.periods.${period}`),
        icon: periodOf(filters, now) === period ? ("check" as const) : undefined,
        onSelect: () => onChange({ since: undefined, until: undefined, ...daysOf(period, now) }),
      })),
      { type: "separator", id: "line" },
      { id: "days", label: t("search.chooseDays"), icon: "calendar-blank", onSelect: () => setOpen("days") },
    ]);
  }

  return (
    <div className={styles.chips} role="group" aria-label={t("search.filter")}>
      <FilterChip icon="chat-circle" chosen={filters.chat !== undefined} popup="dialog" onOpen={() => setOpen("chat")}>
        {filters.chat ? (chat ? titleOf(chat) : t("common.someone")) : t("search.allChats")}
      </FilterChip>
      <FilterChip chosen={sender !== undefined} popup="dialog" onOpen={() => setOpen("sender")}>
        {sender === undefined
          ? t("search.anyone")
          : sender === people.me?.id
            ? t("search.fromYou")
            : t("search.from", { name: nameOf(sender, people) ?? t("common.someone") })}
      </FilterChip>
      <FilterChip chosen={filters.since !== undefined || filters.until !== undefined} popup="menu" onOpen={openPeriods}>
        {daysLabel}
      </FilterChip>
      <Suspense>
        {open === "chat" && (
          <PickChat
            chosen={filters.chat}
            onClose={close}
            onPick={(picked) => {
              close();
              onChange({ chat: picked });
            }}
          />
        )}
        {open === "sender" && (
          <PickSender
            chosen={sender}
            chat={chat}
            onClose={close}
            onPick={(picked) => {
              close();
              onChange({ sender: picked });
            }}
          />
        )}
        {open === "days" && (
          <DaysDialog
            since={filters.since}
            until={filters.until}
            onClose={close}
            onPick={(days) => {
              close();
              onChange(days);
            }}
          />
        )}
      </Suspense>
    </div>
  );
}

interface FilterChipProps {
  /** Stands for the caret. */
  icon?: IconName;
  chosen: boolean;
  popup: "dialog" | "menu";
  onOpen: (opener: HTMLElement) => void;
  children: ReactNode;
}

function FilterChip({ icon, chosen, popup, onOpen, children }: FilterChipProps) {
  return (
    <Chip
      pressed={chosen}
      className={styles.chip}
      aria-haspopup={popup}
      onClick={(event) => onOpen(event.currentTarget)}
    >
      {icon && <Icon name={icon} size="xs" />}
      <bdi className="trunc">{children}</bdi>
      {!icon && <Icon name="caret-down" size="xs" />}
    </Chip>
  );
}

function useDaysLabel(filters: Filters, now: number): string {
  const { t, i18n } = useTranslation();
  const period = periodOf(filters, now);
  if (period) return t(`search.periods.${period}`);
  const day = (text: string | undefined) => {
    const start = startOf(text);
    return start && dayMonth(start.getTime(), now, i18n.language);
  };
  const since = day(filters.since);
  const until = day(filters.until);
  if (since && until) return since === until ? since : t("search.days", { since, until });
  if (since) return t("search.since", { day: since });
  return until ? t("search.until", { day: until }) : t("search.periods.any");
}
