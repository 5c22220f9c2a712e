// Runs before anything else and before the first paint; a file of its own,
// because the content security policy allows no inline script.

// No code of ours turns strings into markup or script: whatever tries is refused.
if (globalThis.trustedTypes?.createPolicy) {
  globalThis.trustedTypes.createPolicy("default", {
    createHTML: () => null,
    createScript: () => null,
    // Workers and chunks of this origin only.
    createScriptURL: (url) => (new URL(url, document.baseURI).origin === location.origin ? url : null),
  });
}

// Keys and values are those of src/app/look.ts.
(() => {
  let look = {};
  try {
    look = JSON.parse(localStorage.getItem("kith.look") ?? "{}");
  } catch {
    // Storage is refused or holds something else: the defaults apply.
  }
  const dark = look.theme === "dark" || (look.theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  const root = document.documentElement;
  const theme = dark ? "dark" : "light";
  root.dataset.theme = theme;
  root.dataset.mantineColorScheme = theme;
  root.dataset.density = look.density === "compact" ? "compact" : "comfortable";
  if (typeof look.language === "string") root.lang = look.language;
})();
