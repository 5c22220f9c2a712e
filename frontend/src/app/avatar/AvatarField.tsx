import { Suspense, useRef, useState } from "react";
import { onDemand } from "@/app/lazily";
import { useTranslation } from "react-i18next";
import { xhrPut } from "@/api/put";
import { sha256Hex, uploadMedia } from "@/api/upload";
import { useHttp } from "@/app/chat";
import { useFailure } from "@/app/failure";
import { ACCEPT_IMAGES } from "@/chat/media/kinds";
import { Avatar } from "@/ui/avatar/Avatar";
import { Button } from "@/ui/button/Button";
import { snack } from "@/ui/feedback/snack";
import styles from "./avatar.module.css";

const CropDialog = onDemand(() => import("./CropDialog"));

interface AvatarFieldProps {
  id: string;
  name: string;
  src: string | null | undefined;
  group?: boolean;
  /** Takes an uploaded picture into use, or with null takes the present one away. */
  onChange: (mediaId: string | null) => Promise<void>;
}

/** The picture of a person or group, to choose, cut, change and remove. It is changed at once, not with a form. */
export function AvatarField({ id, name, src, group, onChange }: AvatarFieldProps) {
  const { t } = useTranslation();
  const http = useHttp();
  const fail = useFailure();
  const field = useRef<HTMLInputElement>(null);
  const [file, setFile] = useState<File>();
  const [busy, setBusy] = useState(false);

  async function change(work: () => Promise<void>, done: string) {
    setBusy(true);
    try {
      await work();
      snack(done);
    } catch (error) {
      fail(error);
    } finally {
      setBusy(false);
    }
  }

  async function use(blob: Blob) {
    setFile(undefined);
    await change(async () => {
      const picture = { kind: "image", name: "avatar.jpg", contentType: "image/jpeg", blob } as const;
      const media = await uploadMedia({ http, put: xhrPut, digest: sha256Hex }, picture);
      await onChange(media.id);
    }, t("media.avatar.changed"));
  }

  return (
    <div className={styles.field}>
      <Avatar id={id} name={name} src={src} size={88} group={group} />
      <div className={styles.buttons}>
        <Button size="sm" variant="line" icon="camera" busy={busy} onClick={() => field.current?.click()}>
          {t(src ? "media.avatar.change" : "media.avatar.choose")}
        </Button>
        {src && (
          <Button
            size="sm"
            variant="ghost"
            busy={busy}
            onClick={() => void change(() => onChange(null), t("media.avatar.removed"))}
          >
            {t("media.avatar.remove")}
          </Button>
        )}
      </div>
      <input
        ref={field}
        type="file"
        hidden
        accept={ACCEPT_IMAGES}
        aria-label={t("media.avatar.label")}
        onChange={(event) => {
          setFile(event.currentTarget.files?.[0]);
          event.currentTarget.value = "";
        }}
      />
      {file && (
        <Suspense>
          <CropDialog
            file={file}
            group={group}
            onUse={(blob) => void use(blob)}
            onUnreadable={() => {
              setFile(undefined);
              snack(t("media.avatar.unreadable"));
            }}
            onClose={() => setFile(undefined)}
          />
        </Suspense>
      )}
    </div>
  );
}
