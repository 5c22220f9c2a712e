import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Suspense, useEffect, useState } from "react";
import { onDemand } from "@/app/lazily";
import { useTranslation } from "react-i18next";
import type { Device } from "@/api/types";
import { useChat, useHttp } from "@/app/chat";
import { traceOf } from "@/app/failure";
import { useNow } from "@/app/now";
import { forgetIntent, recallIntent, type Intent } from "@/app/stepUp/intent";
import { dayMonth } from "@/i18n/format";
import { lastUsedText } from "@/i18n/presence";
import { Button } from "@/ui/button/Button";
import { snack } from "@/ui/feedback/snack";
import { ErrorState, Skeletons, Tag } from "@/ui/feedback/states";
import { Page, Rows, Setting } from "@/ui/page/Page";
import { devicesQuery, signOutDevice, signOutOthers } from "../api";
import { deviceIcon, unusedDays } from "../model";
import styles from "./sections.module.css";

const StepUpDialog = onDemand(() => import("@/app/stepUp/StepUpDialog"));

const ACTS = ["sign_out_device", "sign_out_others"] as const;
type SignOut = Extract<Intent, { act: (typeof ACTS)[number] }>;

export function DevicesSection() {
  const { t } = useTranslation();
  const http = useHttp();
  const devices = useQuery(devicesQuery(http));
  const me = useChat((s) => s.me);
  const [resumed] = useState(() => recallIntent(me?.id, ACTS, Date.now()));
  const [asking, setAsking] = useState<SignOut | undefined>(resumed);
  useEffect(forgetIntent, []);
  const current = devices.data?.find((device) => device.current);
  const others = devices.data?.filter((device) => !device.current) ?? [];

  return (
    <Page title={t("settings.sections.devices")} lead={t("devices.lead")} backTo="/settings">
      {devices.isPending && <Skeletons rows={3} />}
      {devices.isError && <ErrorState trace={traceOf(devices.error)} onRetry={() => void devices.refetch()} />}
      {current && (
        <Rows>
          <DeviceRow device={current} />
        </Rows>
      )}
      {others.length > 0 && (
        <>
          <Rows title={t("devices.others")}>
            {others.map((device) => (
              <DeviceRow
                key={device.id}
                device={device}
                onSignOut={() => setAsking({ act: "sign_out_device", deviceId: device.id, deviceName: device.name })}
              />
            ))}
          </Rows>
          <div className={styles.after}>
            {me?.password_set && <p className="hint">{t("devices.passwordNote")}</p>}
            <Button variant="dangerQuiet" onClick={() => setAsking({ act: "sign_out_others" })}>
              {t("devices.signOutAll")}
            </Button>
          </div>
        </>
      )}
      {asking && (
        <Suspense>
          <SignOutDialog
            asking={asking}
            others={others.length}
            proven={asking === resumed}
            onClose={() => setAsking(undefined)}
          />
        </Suspense>
      )}
    </Page>
  );
}

interface SignOutDialogProps {
  asking: SignOut;
  /** How many other devices there are. */
  others: number;
  proven: boolean;
  onClose: () => void;
}

function SignOutDialog({ asking, others, proven, onClose }: SignOutDialogProps) {
  const { t } = useTranslation();
  const http = useHttp();
  const queries = useQueryClient();
  const one = asking.act === "sign_out_device" ? asking : undefined;
  const name = one?.deviceName;
  return (
    <StepUpDialog
      question={one ? t("devices.askOne", { name }) : t("devices.askAll", { count: others })}
      consequence={t("devices.askText", { count: one ? 1 : others })}
      purpose={one ? t("devices.toOne", { name }) : t("devices.toAll", { count: others })}
      confirm={one ? t("devices.signOut") : t("devices.signOutCount", { count: others })}
      intent={asking}
      proven={proven}
      act={(password) => (one ? signOutDevice(http, one.deviceId, password) : signOutOthers(http, password))}
      onDone={() => {
        onClose();
        snack(t("devices.done"));
        void queries.invalidateQueries({ queryKey: ["devices"] });
      }}
      onClose={onClose}
    />
  );
}

function DeviceRow({ device, onSignOut }: { device: Device; onSignOut?: () => void }) {
  const { t, i18n } = useTranslation();
  const now = useNow();
  const unused = unusedDays(device.last_seen, now);
  const signedIn = t("devices.signedIn", { day: dayMonth(Date.parse(device.created_at), now, i18n.language) });
  const used = device.current ? t("devices.activeNow") : lastUsedText(device.last_seen, now, i18n.language, t);
  return (
    <Setting
      icon={deviceIcon(device)}
      title={
        <>
          <bdi>{device.name}</bdi>
          {device.current && <Tag tone="ok">{t("devices.this")}</Tag>}
          {unused !== undefined && <Tag tone="lamp">{t("devices.unused", { count: unused })}</Tag>}
        </>
      }
      text={t("common.both", { first: signedIn, second: used })}
    >
      {onSignOut && (
        <Button
          variant="dangerQuiet"
          size="sm"
          aria-label={t("devices.signOutName", { name: device.name })}
          onClick={onSignOut}
        >
          {t("devices.signOut")}
        </Button>
      )}
    </Setting>
  );
}
