/** What is seen of a picture in a square: how much larger than just covering it, and how far off the middle, in sides. */
export interface Crop {
  zoom: number;
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

export const MOST_ZOOM = 5;

export const CENTRED: Crop = { zoom: 1, x: 0, y: 0 };

/** The picture's edges in sides of the square. */
export function shownSize({ width, height }: Size, zoom: number): Size {
  const shorter = Math.min(width, height);
  return { width: (width / shorter) * zoom, height: (height / shorter) * zoom };
}

/** The crop nearest to the wanted one that leaves no part of the square empty. */
export function fit(crop: Crop, image: Size): Crop {
  const zoom = Math.min(MOST_ZOOM, Math.max(1, crop.zoom));
  const shown = shownSize(image, zoom);
  const clamp = (value: number, length: number) => {
    const most = (length - 1) / 2;
    return Math.min(most, Math.max(-most, value));
  };
  return { zoom, x: clamp(crop.x, shown.width), y: clamp(crop.y, shown.height) };
}

/** Zooms around the middle of the square. */
export function zoomTo(crop: Crop, zoom: number, image: Size): Crop {
  const to = Math.min(MOST_ZOOM, Math.max(1, zoom));
  const grown = to / crop.zoom;
  return fit({ zoom: to, x: crop.x * grown, y: crop.y * grown }, image);
}

/** The square of the picture, in its own pixels. */
export function cutOf(crop: Crop, image: Size): { x: number; y: number; side: number } {
  const side = Math.min(image.width, image.height) / crop.zoom;
  return {
    x: image.width / 2 - side / 2 - crop.x * side,
    y: image.height / 2 - side / 2 - crop.y * side,
    side,
  };
}
