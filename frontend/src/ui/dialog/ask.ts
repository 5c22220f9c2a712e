import { create } from "zustand";

export interface Question {
  title: string;
  body?: string;
  /** Names the act: "Unsend", "Sign out 3 devices". */
  confirm: string;
  /** The harmless way out; the first focus is on it. */
  cancel: string;
  danger?: boolean;
}

interface AskState {
  open?: Question & { answer: (yes: boolean) => void };
}

export const useAskStore = create<AskState>(() => ({}));

/** Asks in a dialog; resolves to false when it is dismissed or another question replaces it. */
export function ask(question: Question): Promise<boolean> {
  useAskStore.getState().open?.answer(false);
  return new Promise((resolve) => {
    useAskStore.setState({
      open: {
        ...question,
        answer: (yes) => {
          useAskStore.setState({ open: undefined });
          resolve(yes);
        },
      },
    });
  });
}
