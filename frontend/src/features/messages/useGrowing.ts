import { useLayoutEffect, type RefObject } from "react";

/** A field that is as high as its text, whatever its width comes to be; CSS bounds it. */
export function useGrowing(field: RefObject<HTMLElement | null>, text: string): void {
  useLayoutEffect(() => {
    const element = field.current;
    if (element) fit(element);
  }, [field, text]);

  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    let width = element.clientWidth;
    const sizes = new ResizeObserver(() => {
      if (element.clientWidth === width) return;
      width = element.clientWidth;
      fit(element);
    });
    sizes.observe(element);
    return () => sizes.disconnect();
  }, [field]);
}

function fit(element: HTMLElement): void {
  element.style.blockSize = "auto";
  element.style.blockSize = `${element.scrollHeight}px`;
}
