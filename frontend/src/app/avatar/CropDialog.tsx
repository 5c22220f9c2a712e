import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { useTranslation } from "react-i18next";
import { useObjectUrl } from "@/chat/media/useObjectUrl";
import { Button } from "@/ui/button/Button";
import { Dialog } from "@/ui/dialog/Dialog";
import { CENTRED, cutOf, fit, MOST_ZOOM, shownSize, zoomTo, type Crop, type Size } from "./crop";
import styles from "./avatar.module.css";

/** Edge of the picture that goes out, in px: as large as one is ever shown. */
const EDGE = 512;

const KEY_STEP = 0.02;
const KEY_ZOOM = 1.1;

interface CropDialogProps {
  file: Blob;
  /** A rounded square is cut instead of a circle. */
  group?: boolean;
  onUse: (picture: Blob) => void;
  onUnreadable: () => void;
  onClose: () => void;
}

/** Which part of a picture is shown: dragged and zoomed by pointer or keys. */
export default function CropDialog({ file, group, onUse, onUnreadable, onClose }: CropDialogProps) {
  const { t } = useTranslation();
  const url = useObjectUrl(file);
  const picture = useRef<HTMLImageElement>(null);
  const [image, setImage] = useState<Size>();
  const [crop, setCrop] = useState<Crop>(CENTRED);
  const square = useRef<HTMLDivElement>(null);
  const moving = useRef<{ x: number; y: number }>(undefined);

  const move = (x: number, y: number) => {
    if (image) setCrop((now) => fit({ zoom: now.zoom, x: now.x + x, y: now.y + y }, image));
  };
  const zoom = (to: (zoom: number) => number) => {
    if (image) setCrop((now) => zoomTo(now, to(now.zoom), image));
  };

  // React listens to wheels passively, and then the page behind would scroll.
  useEffect(() => {
    const element = square.current;
    if (!element || !image) return;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      setCrop((now) => zoomTo(now, now.zoom * Math.exp(-event.deltaY / 500), image));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [image]);

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "ArrowLeft") move(-KEY_STEP, 0);
    else if (event.key === "ArrowRight") move(KEY_STEP, 0);
    else if (event.key === "ArrowUp") move(0, -KEY_STEP);
    else if (event.key === "ArrowDown") move(0, KEY_STEP);
    else if (event.key === "+" || event.key === "=") zoom((now) => now * KEY_ZOOM);
    else if (event.key === "-") zoom((now) => now / KEY_ZOOM);
    else return;
    event.preventDefault();
  }

  function onPointerMove(event: PointerEvent<HTMLDivElement>) {
    const from = moving.current;
    if (!from) return;
    const side = event.currentTarget.clientWidth;
    move((event.clientX - from.x) / side, (event.clientY - from.y) / side);
    moving.current = { x: event.clientX, y: event.clientY };
  }

  async function use() {
    if (!image || !picture.current) return;
    const cut = cutOf(crop, image);
    const canvas = new OffscreenCanvas(EDGE, EDGE);
    const context = canvas.getContext("2d");
    if (!context) return onUnreadable();
    // A jpeg knows no transparency; black would take its place.
    context.fillStyle = "#fff";
    context.fillRect(0, 0, EDGE, EDGE);
    context.imageSmoothingQuality = "high";
    context.drawImage(picture.current, cut.x, cut.y, cut.side, cut.side, 0, 0, EDGE, EDGE);
    onUse(await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 }));
  }

  const shown = image && shownSize(image, crop.zoom);
  return (
    <Dialog
      title={t("media.avatar.cropTitle")}
      onClose={onClose}
      actions={
        <>
          <Button variant="line" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button variant="primary" busy={!image} onClick={() => void use()}>
            {t("media.avatar.use")}
          </Button>
        </>
      }
    >
      <div className={styles.crop}>
        {/* An application is what a person moves something in. */}
        {/* eslint-disable-next-line jsx-a11y-x/no-noninteractive-element-interactions */}
        <div
          ref={square}
          className={styles.square}
          data-group={group || undefined}
          role="application"
          aria-label={t("media.avatar.cropArea")}
          aria-describedby="crop-hint"
          // It is moved by the arrow keys.
          // eslint-disable-next-line jsx-a11y-x/no-noninteractive-tabindex
          tabIndex={0}
          data-autofocus
          onKeyDown={onKeyDown}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            moving.current = { x: event.clientX, y: event.clientY };
          }}
          onPointerMove={onPointerMove}
          onPointerUp={() => {
            moving.current = undefined;
          }}
          onPointerCancel={() => {
            moving.current = undefined;
          }}
        >
          {url && (
            <img
              ref={picture}
              src={url}
              alt=""
              draggable={false}
              style={
                shown && {
                  inlineSize: `${shown.width * 100}%`,
                  blockSize: `${shown.height * 100}%`,
                  transform: `translate(-50%, -50%) translate(${(crop.x / shown.width) * 100}%, ${(crop.y / shown.height) * 100}%)`,
                }
              }
              onLoad={({ currentTarget }) =>
                setImage({ width: currentTarget.naturalWidth, height: currentTarget.naturalHeight })
              }
              onError={onUnreadable}
            />
          )}
        </div>
        <input
          type="range"
          className={styles.zoom}
          aria-label={t("media.avatar.zoom")}
          min={1}
          max={MOST_ZOOM}
          step={0.01}
          value={crop.zoom}
          onChange={(event) => {
            const to = Number(event.currentTarget.value);
            zoom(() => to);
          }}
        />
        <p id="crop-hint" className="hint">
          {t("media.avatar.cropHint")}
        </p>
      </div>
    </Dialog>
  );
}
