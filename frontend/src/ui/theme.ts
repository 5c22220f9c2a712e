import { createTheme } from "@mantine/core";

/**
 * The library's theme. Its variables are static CSS (`mantine.css`), which maps
 * them to our tokens; nothing is written into the page at run time.
 */
export const theme = createTheme({
  colors: {
    fig: ["#FAF0F5", "#F4E0EA", "#EAC7DA", "#DBA7C3", "#C782A9", "#B16190", "#984678", "#7E3361", "#63264C", "#481B37"],
  },
  primaryColor: "fig",
  primaryShade: { light: 7, dark: 3 },
  autoContrast: true,
  defaultRadius: "md",
  fontFamily: "var(--k-font)",
  respectReducedMotion: true,
});
