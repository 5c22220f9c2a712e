import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/problem";
import type { Device } from "@/api/types";
import { useHttp } from "@/app/chat";
import { traceOf, useFailure } from "@/app/failure";
import { useNow } from "@/app/now";
import { dayMonth } from "@/i18n/format";
import { lastUsedText } from "@/i18n/presence";
import { Button } from "@/ui/button/Button";
import { ask } from "@/ui/dialog/ask";
import { snack } from "@/ui/feedback/snack";
import { ErrorState, Skeletons, Tag } from "@/ui/feedback/states";
import { Page, Rows, Setting } from "@/ui/page/Page";
import { devicesQuery, signOutDevice, signOutOthers } from "../api";
import { deviceIcon, unusedDays } from "../model";
import styles from "./sections.module.css";

export function DevicesSection() {
  const { t } = useTranslation();
  const http = useHttp();
  const queries = useQueryClient();
  const fail = useFailure();
  const devices = useQuery(devicesQuery(http));
  const [busy, setBusy] = useState(false);
  const current = devices.data?.find((device) => device.current);
  const others = devices.data?.filter((device) => !device.current) ?? [];

  async function signOut(title: string, confirm: string, act: () => Promise<void>) {
    const yes = await ask({
      title,
      body: t("devices.askText"),
      confirm,
      cancel: t("common.cancel"),
      danger: true,
    });
    if (!yes) return;
    setBusy(true);
    try {
      await act();
      snack(t("devices.done"));
    } catch (error) {
      // Asking for the password belongs to where it is set.
      if (error instanceof ApiError && error.code === "password_required") snack(t("devices.passwordRequired"));
      else fail(error);
    } finally {
      setBusy(false);
      await queries.invalidateQueries({ queryKey: ["devices"] });
    }
  }

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
                onSignOut={() =>
                  void signOut(t("devices.askOne", { name: device.name }), t("devices.signOut"), () =>
                    signOutDevice(http, device.id),
                  )
                }
              />
            ))}
          </Rows>
          <div className={styles.after}>
            <Button
              variant="dangerQuiet"
              busy={busy}
              onClick={() =>
                void signOut(
                  t("devices.askAll", { count: others.length }),
                  t("devices.signOutCount", { count: others.length }),
                  () => signOutOthers(http),
                )
              }
            >
              {t("devices.signOutAll")}
            </Button>
          </div>
        </>
      )}
    </Page>
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
