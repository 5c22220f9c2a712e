/// <reference types="vite/client" />

/** Where the emoji data set lies below the site's root; its name carries the version. */
declare const __EMOJI_PATH__: string;
