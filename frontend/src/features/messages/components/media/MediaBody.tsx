import type { MediaContent } from "@/api/types";
import { useKeptFile } from "@/chat/media/useMediaSource";
import type { OutgoingMedia, UploadProgress } from "@/realtime/state";
import { FileCard } from "./FileCard";
import { Picture } from "./Picture";
import { Sound } from "./Sound";
import { Video } from "./Video";

/** A media object inside a message; one that is not sent yet shows the file of this device. */
export interface MediaBodyProps {
  content: MediaContent | OutgoingMedia;
  /** The message that it is in; without, it is not sent yet. */
  place?: { conversationId: string; seq: number };
  /** What it is, for those who do not see it. */
  name: string;
  file?: Blob;
  upload?: UploadProgress;
}

export default function MediaBody(props: MediaBodyProps) {
  const { content, file } = props;
  useKeptFile(content.media.id, file);
  switch (content.type) {
    case "image":
      return <Picture {...props} />;
    case "video":
      return <Video {...props} />;
    case "audio":
      return <Sound {...props} />;
    case "file":
      return <FileCard {...props} />;
  }
}
