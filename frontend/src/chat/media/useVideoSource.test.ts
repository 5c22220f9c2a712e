import { act, renderHook } from "@testing-library/react";
import type { SyntheticEvent } from "react";
import { expect, it, vi } from "vitest";
import { useVideoSource } from "./useVideoSource";

const on = (video: HTMLVideoElement) => ({ currentTarget: video }) as SyntheticEvent<HTMLVideoElement>;

/** A player that only notes whether it was told to play. */
function player() {
  const video = document.createElement("video");
  const play = vi.spyOn(video, "play").mockResolvedValue(undefined);
  return { video, play };
}

it.each<[what: string, before: string | undefined, breaks: boolean]>([
  ["no address yet", undefined, false],
  ["an address that is used up", "/one", true],
])("a video that is started with %s plays when one comes", (_, before, breaks) => {
  const { video, play } = player();
  const { result, rerender } = renderHook(({ url }: { url: string | undefined }) => useVideoSource(url, () => true), {
    initialProps: { url: before },
  });
  if (breaks) act(() => result.current.events.onError(on(video)));
  result.current.start(video);
  expect(play).not.toHaveBeenCalled();
  rerender({ url: "/two" });
  expect(result.current.src).toBe("/two#t=0.2");
  result.current.events.onLoadedMetadata(on(video));
  expect(play).toHaveBeenCalledOnce();
});

it("a video with an address plays at once, from its beginning", () => {
  const { video, play } = player();
  const { result } = renderHook(() => useVideoSource("/one", () => true));
  video.currentTime = 3;
  result.current.start(video);
  expect(play).toHaveBeenCalledOnce();
  expect(video.currentTime).toBe(0);
});
