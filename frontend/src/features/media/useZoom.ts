import { useRef, useState, type PointerEvent, type WheelEvent } from "react";

const MOST = 6;
const STEP = 1.5;
const DOUBLE = 2.5;

/** A finger that has moved this far on a picture in its usual size turns the page, in px. */
const SWIPE_PX = 56;

export interface View {
  scale: number;
  x: number;
  y: number;
}

const WHOLE: View = { scale: 1, x: 0, y: 0 };

/** The view at `scale` in which what lay at (x, y), counted from the middle, stays there; never beyond the edges. */
export function zoomTo(view: View, scale: number, x: number, y: number, room: { width: number; height: number }): View {
  const next = Math.min(MOST, Math.max(1, scale));
  if (next === 1) return WHOLE;
  const grown = next / view.scale;
  return keepInside({ scale: next, x: x - (x - view.x) * grown, y: y - (y - view.y) * grown }, room);
}

export function keepInside(view: View, room: { width: number; height: number }): View {
  const most = (length: number) => (length * (view.scale - 1)) / 2;
  const clamp = (value: number, bound: number) => Math.min(bound, Math.max(-bound, value));
  return { scale: view.scale, x: clamp(view.x, most(room.width)), y: clamp(view.y, most(room.height)) };
}

interface Swipes {
  /** By a finger to the left, to the right, down. */
  onSwipe: (to: "left" | "right" | "down") => void;
}

/** Zoom and pan by wheel, double click, keys, one finger or two; swipes while the picture is whole. */
export function useZoom({ onSwipe }: Swipes) {
  const [view, setView] = useState(WHOLE);
  const pointers = useRef(new Map<number, { x: number; y: number }>());
  const from = useRef<{ x: number; y: number }>(undefined);

  const by = (factor: number) => (room: { width: number; height: number }) =>
    setView((now) => zoomTo(now, now.scale * factor, 0, 0, room));

  function spread(): { distance: number; x: number; y: number } | undefined {
    const [a, b] = [...pointers.current.values()];
    return a && b && { distance: Math.hypot(a.x - b.x, a.y - b.y), x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  }

  const handlers = {
    onWheel(event: WheelEvent<HTMLElement>) {
      const { room, x, y } = placeIn(event.currentTarget, event);
      const factor = Math.exp(-event.deltaY / 400);
      setView((now) => zoomTo(now, now.scale * factor, x, y, room));
    },
    onDoubleClick(event: React.MouseEvent<HTMLElement>) {
      const { room, x, y } = placeIn(event.currentTarget, event);
      setView((now) => zoomTo(now, now.scale > 1 ? 1 : DOUBLE, x, y, room));
    },
    onPointerDown(event: PointerEvent<HTMLElement>) {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      pointers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
      from.current = pointers.current.size === 1 ? { x: event.clientX, y: event.clientY } : undefined;
    },
    onPointerMove(event: PointerEvent<HTMLElement>) {
      const before = pointers.current.get(event.pointerId);
      if (!before) return;
      const pinch = spread();
      pointers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
      const pinched = spread();
      const { room, x, y } = placeIn(event.currentTarget, {
        clientX: pinched?.x ?? event.clientX,
        clientY: pinched?.y ?? event.clientY,
      });
      if (pinch && pinched && pinch.distance > 0) {
        setView((now) => zoomTo(now, (now.scale * pinched.distance) / pinch.distance, x, y, room));
      } else {
        const [dx, dy] = [event.clientX - before.x, event.clientY - before.y];
        setView((now) => (now.scale === 1 ? now : keepInside({ ...now, x: now.x + dx, y: now.y + dy }, room)));
      }
    },
    onPointerUp(event: PointerEvent<HTMLElement>) {
      pointers.current.delete(event.pointerId);
      const start = from.current;
      from.current = undefined;
      if (!start || event.pointerType === "mouse" || view.scale > 1) return;
      const [dx, dy] = [event.clientX - start.x, event.clientY - start.y];
      if (Math.abs(dx) > SWIPE_PX && Math.abs(dx) > Math.abs(dy)) onSwipe(dx < 0 ? "left" : "right");
      else if (dy > SWIPE_PX * 1.5 && dy > Math.abs(dx)) onSwipe("down");
    },
    onPointerCancel(event: PointerEvent<HTMLElement>) {
      pointers.current.delete(event.pointerId);
      from.current = undefined;
    },
  };
  return { view, handlers, zoomIn: by(STEP), zoomOut: by(1 / STEP), whole: () => setView(WHOLE) };
}

function placeIn(element: HTMLElement, at: { clientX: number; clientY: number }) {
  const box = element.getBoundingClientRect();
  return {
    room: { width: box.width, height: box.height },
    x: at.clientX - box.left - box.width / 2,
    y: at.clientY - box.top - box.height / 2,
  };
}
