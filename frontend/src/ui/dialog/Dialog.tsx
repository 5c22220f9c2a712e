import "@mantine/core/styles/ScrollArea.layer.css";
import "@mantine/core/styles/UnstyledButton.layer.css";
import "@mantine/core/styles/Paper.layer.css";
import "@mantine/core/styles/Overlay.layer.css";
import "@mantine/core/styles/CloseButton.layer.css";
import "@mantine/core/styles/ModalBase.layer.css";
import "@mantine/core/styles/Modal.layer.css";
import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { MantineRoot } from "../MantineRoot";
import styles from "./Dialog.module.css";
import { useFocusBack } from "./useFocusBack";

export interface DialogProps {
  opened?: boolean;
  onClose: () => void;
  /** A question when the dialog asks one. */
  title: ReactNode;
  /** Width: 460 px, or 600 for lists. */
  size?: "md" | "lg";
  children: ReactNode;
  /** Buttons, the harmless one first. */
  actions?: ReactNode;
}

/** A modal dialog: traps the focus, gives it back, closes with Esc and a press outside. */
export function Dialog({ opened = true, onClose, title, size = "md", children, actions }: DialogProps) {
  const { t } = useTranslation();
  useFocusBack();
  return (
    <MantineRoot>
      <Modal
        opened={opened}
        onClose={onClose}
        title={title}
        centered
        classNames={{
          content: styles.content,
          overlay: styles.overlay,
          header: styles.header,
          title: styles.title,
          body: styles.body,
          close: styles.close,
        }}
        size={size === "md" ? "28.75rem" : "37.5rem"}
        closeButtonProps={{ "aria-label": t("common.close") }}
        transitionProps={{ transition: "fade", duration: 180 }}
      >
        {children}
        {actions && <div className={styles.actions}>{actions}</div>}
      </Modal>
    </MantineRoot>
  );
}
