/** Puts the focus where one writes in the open chat, if one can. */
export function focusComposer(): void {
  document.querySelector<HTMLElement>("[data-composer]")?.focus();
}
