/** The contents of `src/ui/icons/sprite.svg` and `names.ts`. */
export function build(): { sprite: string; names: string };
