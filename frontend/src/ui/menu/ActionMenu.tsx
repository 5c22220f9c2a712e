import "@mantine/core/styles/UnstyledButton.layer.css";
import "@mantine/core/styles/Popover.layer.css";
import "@mantine/core/styles/Menu.layer.css";
import { Menu } from "@mantine/core";
import { Icon } from "../icons/Icon";
import { MantineRoot } from "../MantineRoot";
import { closeMenu, useMenuStore } from "./store";
import styles from "./ActionMenu.module.css";

/** Draws the menu that `openMenu` asked for. */
export default function ActionMenu() {
  const request = useMenuStore((s) => s.open);
  if (!request) return null;
  const { anchor, atPointer, items, label, returnFocus } = request;

  function close() {
    closeMenu();
    returnFocus?.focus();
  }

  return (
    <MantineRoot>
      <Menu
        opened
        onChange={(opened) => {
          if (!opened) close();
        }}
        position={atPointer ? "bottom-start" : "bottom-end"}
        offset={atPointer ? 2 : 6}
        width={240}
        returnFocus={false}
        transitionProps={{ transition: atPointer ? "pop-top-left" : "pop-top-right", duration: 120 }}
        closeOnItemClick={false}
        classNames={{
          dropdown: styles.dropdown,
          label: styles.label,
          divider: styles.divider,
          item: styles.item,
          itemLabel: styles.itemLabel,
          itemSection: styles.itemSection,
        }}
      >
        <Menu.Target>
          <span className={styles.anchor} style={anchor} />
        </Menu.Target>
        <Menu.Dropdown aria-label={label}>
          {items.map((item) => {
            if (item.type === "separator") return <Menu.Divider key={item.id} />;
            if (item.type === "heading") return <Menu.Label key={item.id}>{item.label}</Menu.Label>;
            return (
              <Menu.Item
                key={item.id}
                data-danger={item.danger || undefined}
                leftSection={item.icon && <Icon name={item.icon} />}
                rightSection={
                  (item.aside ?? item.shortcut) && (
                    <span className={item.aside ? styles.aside : `${styles.aside} ${styles.shortcut}`}>
                      {item.aside ?? item.shortcut}
                    </span>
                  )
                }
                onClick={() => {
                  close();
                  item.onSelect();
                }}
              >
                {item.label}
              </Menu.Item>
            );
          })}
        </Menu.Dropdown>
      </Menu>
    </MantineRoot>
  );
}
